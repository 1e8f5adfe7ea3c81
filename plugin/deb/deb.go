// Package deb reads the files of Debian's packages.
package deb

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/blakesmith/ar"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/pkg/errors"
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
	outer := ar.NewReader(r)
	for {
		header, err := outer.Next()
		if err == io.EOF {
			return nil, errors.New("the package has no data.tar")
		}
		if err != nil {
			return nil, errors.Wrap(err, "reading the package")
		}
		name := strings.TrimSuffix(header.Name, "/")
		if !strings.HasPrefix(name, "data.tar") {
			continue
		}
		data, err := decompress(name, outer)
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
}

func decompress(name string, r io.Reader) (io.Reader, error) {
	switch path.Ext(name) {
	case ".xz":
		return xz.NewReader(r, xz.DefaultDictMax)
	case ".gz":
		return gzip.NewReader(r)
	case ".zst":
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	case ".tar":
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
