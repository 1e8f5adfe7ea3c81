package apk

import (
	"archive/tar"
	"bytes"
	"github.com/klauspost/compress/gzip"
	"io"
	"io/fs"
	"strings"

	"github.com/pkg/errors"
)

// Limits on what is extracted, in bytes. Alpine's largest kernel package has
// 300 MB of files.
const (
	maxFile  = 512 << 20
	maxFiles = 4 << 30
)

// Extract returns the content of the wanted files by path, such as
// "boot/vmlinuz-virt". wanted is asked once about each regular file and link in
// the package.
//
// It fails when a path leads out of the package, or what is wanted is a link or
// is there twice.
func (p *Package) Extract(wanted func(path string) bool) (map[string][]byte, error) {
	files, err := extract(p.files, maxFiles, wanted)
	if err != nil {
		return nil, errors.Wrapf(err, "reading the files of %s", p)
	}
	return files, nil
}

// extract reads one gzip member, which must be all there is.
func extract(compressed []byte, limit int64, wanted func(string) bool) (map[string][]byte, error) {
	r := bytes.NewReader(compressed)
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	unpacked := &io.LimitedReader{R: z, N: limit}
	files, err := extractTar(tar.NewReader(unpacked), wanted)
	if err == nil {
		_, err = io.Copy(io.Discard, unpacked) // to the end of the member
	}
	switch {
	case unpacked.N == 0:
		return nil, errors.Errorf("they unpack to more than %d MiB", limit>>20)
	case err != nil:
		return nil, err
	case r.Len() != 0:
		return nil, errors.Errorf("behind them are another %d bytes", r.Len())
	}
	return files, nil
}

func extractTar(archive *tar.Reader, wanted func(string) bool) (map[string][]byte, error) {
	files := map[string][]byte{}
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return files, nil
		}
		if err == nil {
			err = extractFile(files, header, archive, wanted)
		}
		if err != nil {
			return nil, err
		}
	}
}

// extractFile adds a file to files, if it is wanted.
func extractFile(files map[string][]byte, header *tar.Header, content io.Reader, wanted func(string) bool) error {
	path := header.Name
	if !fs.ValidPath(strings.TrimSuffix(path, "/")) || strings.Contains(path, `\`) {
		return errors.Errorf("the path %q leads out of the package", path)
	}
	if header.Typeflag == tar.TypeDir || !wanted(path) {
		return nil
	}
	if header.Typeflag != tar.TypeReg {
		return errors.Errorf("%s is a link or a device where a file is wanted", path)
	}
	if _, twice := files[path]; twice {
		return errors.Errorf("%s is there twice", path)
	}
	if header.Size > maxFile {
		return errors.Errorf("%s has %d bytes, more than the %d MiB that are allowed", path, header.Size, maxFile>>20)
	}
	// Not io.ReadAll: most of the time would go into growing what it reads into.
	// The buffer grows with what is there, whatever size the header claims.
	var b bytes.Buffer
	b.Grow(int(min(header.Size, 64<<20)) + bytes.MinRead)
	if _, err := b.ReadFrom(content); err != nil {
		return errors.Wrapf(err, "reading %s", path)
	}
	files[path] = b.Bytes()
	return nil
}
