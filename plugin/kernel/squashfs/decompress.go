package squashfs

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/zlib"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/unpack"
)

// The compressions, by their numbers in the superblock.
const (
	compressionZlib = 1 // called gzip
	compressionXZ   = 4
	compressionZstd = 6
)

// decompressor opens what is compressed.
type decompressor func(io.Reader) (io.Reader, error)

func decompressorFor(compression uint16) (decompressor, error) {
	switch compression {
	case compressionZlib:
		return func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }, nil
	case compressionXZ:
		return windowed(unpack.XZ), nil
	case compressionZstd:
		return windowed(unpack.Zstd), nil
	}
	return nil, errors.Errorf("the squashfs file system is compressed in the way number %d, which is not read: gzip, xz and zstd are", compression)
}

// windowed opens a format whose window is as large as a block, at most.
func windowed(format unpack.Format) decompressor {
	return func(r io.Reader) (io.Reader, error) { return unpack.NewReader(format, r, maxBlock) }
}

// unpack decompresses a block to limit bytes at most.
func (m *image) unpack(packed []byte, limit int) ([]byte, error) {
	r, err := m.decompress(bytes.NewReader(packed))
	if err == nil {
		var unpacked []byte
		unpacked, err = io.ReadAll(io.LimitReader(r, int64(limit)+1))
		if err == nil && len(unpacked) > limit {
			err = errors.Errorf("it unpacks to more than %d bytes", limit)
		}
		if err == nil {
			return unpacked, nil
		}
	}
	return nil, errors.Wrap(err, "the squashfs file system is damaged: unpacking a block")
}
