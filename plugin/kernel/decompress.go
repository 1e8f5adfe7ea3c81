package kernel

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pkg/errors"
	"github.com/ulikunitz/xz"
)

// maxModule bounds what a module may decompress to, in bytes. The largest of
// Debian's (amdgpu) has 25 MB with its debug information stripped.
const maxModule = 256 << 20

// decompress returns a module's ELF file. Kernels that cannot decompress
// modules themselves (Alpine's: CONFIG_MODULE_DECOMPRESS is off) need it plain.
func decompress(content []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(content, []byte("\x7fELF")):
		return content, nil
	case bytes.HasPrefix(content, []byte("\x1f\x8b")):
		return inflate("gzip", content, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
	case bytes.HasPrefix(content, []byte("\xfd7zXZ\x00")):
		return inflate("xz", content, func(r io.Reader) (io.Reader, error) { return xz.NewReader(r) })
	case bytes.HasPrefix(content, []byte("\x28\xb5\x2f\xfd")):
		return inflate("zstd", content, newZstd)
	}
	return nil, errors.Errorf("this is neither an ELF file nor one compressed with gzip, xz or zstd but %s", seems(content))
}

func newZstd(r io.Reader) (io.Reader, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxModule))
}

func inflate(format string, content []byte, open func(io.Reader) (io.Reader, error)) ([]byte, error) {
	r, err := open(bytes.NewReader(content))
	if err != nil {
		return nil, errors.Wrapf(err, "decompressing it with %s", format)
	}
	out, err := io.ReadAll(io.LimitReader(r, maxModule+1))
	if err != nil {
		return nil, errors.Wrapf(err, "decompressing it with %s", format)
	}
	if len(out) > maxModule {
		return nil, errors.Errorf("it decompresses to more than %d MiB", maxModule>>20)
	}
	return out, nil
}
