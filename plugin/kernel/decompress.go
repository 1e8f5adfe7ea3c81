package kernel

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/pkg/errors"
)

// maxUnpacked bounds what a module or a kernel may unpack to, in bytes. The
// largest of Debian's modules (amdgpu) has 25 MB with its debug information
// stripped, its kernel 66 MB.
const maxUnpacked = 256 << 20

// The first bytes of what is compressed (RFC 1952, xz-file-format.txt, RFC 8878).
const (
	gzipMagic = "\x1f\x8b"
	xzMagic   = "\xfd7zXZ\x00"
	zstdMagic = "\x28\xb5\x2f\xfd"
)

// decompress returns a module's ELF file. Kernels that cannot decompress
// modules themselves (Alpine's: CONFIG_MODULE_DECOMPRESS is off) need it plain.
func decompress(content []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(content, []byte("\x7fELF")):
		return content, nil
	case bytes.HasPrefix(content, []byte(gzipMagic)):
		return inflate("gzip", content, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
	case bytes.HasPrefix(content, []byte(xzMagic)):
		return inflate("xz", content, func(r io.Reader) (io.Reader, error) { return xz.NewReader(r, xz.DefaultDictMax) })
	case bytes.HasPrefix(content, []byte(zstdMagic)):
		return inflate("zstd", content, newZstd)
	}
	return nil, errors.Errorf("this is neither an ELF file nor one compressed with gzip, xz or zstd but %s", seems(content))
}

func newZstd(r io.Reader) (io.Reader, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxUnpacked))
}

func inflate(format string, content []byte, open func(io.Reader) (io.Reader, error)) ([]byte, error) {
	r, err := open(bytes.NewReader(content))
	if err != nil {
		return nil, errors.Wrapf(err, "decompressing it with %s", format)
	}
	out, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	if err != nil {
		return nil, errors.Wrapf(err, "decompressing it with %s", format)
	}
	if len(out) > maxUnpacked {
		return nil, errors.Errorf("it decompresses to more than %d MiB", maxUnpacked>>20)
	}
	return out, nil
}
