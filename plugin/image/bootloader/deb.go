package bootloader

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/blakesmith/ar"
	"github.com/klauspost/compress/zstd"
	"github.com/pkg/errors"
	"github.com/ulikunitz/xz"
)

// maxMember bounds the size of a file taken out of a package, in bytes.
const maxMember = 16 << 20

// readDeb returns the wanted files of a Debian package (deb(5)) by their path,
// without a leading "./". It fails unless all of them are there.
func readDeb(r io.Reader, wanted []string) (map[string][]byte, error) {
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
		return readTar(data, wanted)
	}
}

func decompress(name string, r io.Reader) (io.Reader, error) {
	switch path.Ext(name) {
	case ".xz":
		return xz.NewReader(r)
	case ".gz":
		return gzip.NewReader(r)
	case ".zst":
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	case ".tar":
		return r, nil
	}
	return nil, errors.New("the compression is unknown")
}

func readTar(r io.Reader, wanted []string) (map[string][]byte, error) {
	found := map[string][]byte{}
	for archive := tar.NewReader(r); len(found) < len(wanted); {
		header, err := archive.Next()
		if err == io.EOF {
			return nil, errors.Errorf("the package has %d of the %d files %s", len(found), len(wanted), strings.Join(wanted, ", "))
		}
		if err != nil {
			return nil, errors.Wrap(err, "reading data.tar")
		}
		name := path.Clean(header.Name)
		if header.Typeflag != tar.TypeReg || !slices.Contains(wanted, name) {
			continue
		}
		if header.Size > maxMember {
			return nil, errors.Errorf("%s has %d bytes, more than expected", name, header.Size)
		}
		if found[name], err = io.ReadAll(archive); err != nil {
			return nil, errors.Wrapf(err, "reading %s", name)
		}
	}
	return found, nil
}
