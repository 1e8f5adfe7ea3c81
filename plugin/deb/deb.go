// Package deb reads the files of Debian's packages.
package deb

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"path"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/unpack"
)

// Limits on what is taken out of a package, in bytes. Debian's largest kernel
// package has 400 MB of files.
const (
	maxFile  = 512 << 20
	maxFiles = 4 << 30
)

// Extract returns the content of the wanted regular files of a package (deb(5))
// by their path, without a leading "./". Nothing in a package vouches for it: its
// checksum must come from elsewhere.
func Extract(r io.Reader, wanted func(path string) bool) (map[string][]byte, error) {
	name, data, err := member(r, "data.tar")
	if err != nil {
		return nil, err
	}
	data, err = decompress(name, data)
	if err != nil {
		return nil, errors.Wrapf(err, "decompressing %s", name)
	}
	limited := &io.LimitedReader{R: data, N: maxFiles}
	files, err := extractTar(tar.NewReader(limited), wanted)
	if limited.N == 0 {
		return nil, errors.Errorf("its files unpack to more than %d MiB", maxFiles>>20)
	}
	return files, errors.Wrapf(err, "reading %s", name)
}

// decompress unpacks a member by the ending of its name.
func decompress(name string, r io.Reader) (io.Reader, error) {
	format, ok := map[string]unpack.Format{
		".gz": unpack.Gzip, ".xz": unpack.XZ, ".zst": unpack.Zstd, ".bz2": unpack.Bzip2, ".lzma": unpack.LZMA,
	}[path.Ext(name)]
	switch {
	case ok:
		return unpack.NewReader(format, r, unpack.Window)
	case name == "data.tar":
		return r, nil
	}
	return nil, errors.New("the compression is unknown")
}

func extractTar(archive *tar.Reader, wanted func(string) bool) (map[string][]byte, error) {
	files := map[string][]byte{}
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		name := path.Clean(header.Name)
		if header.Typeflag != tar.TypeReg || !fs.ValidPath(name) || !wanted(name) {
			continue
		}
		if header.Size > maxFile {
			return nil, errors.Errorf("%s has %d bytes, more than the %d MiB that are allowed", name, header.Size, maxFile>>20)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(archive); err != nil {
			return nil, errors.Wrapf(err, "reading %s", name)
		}
		files[name] = b.Bytes()
	}
}
