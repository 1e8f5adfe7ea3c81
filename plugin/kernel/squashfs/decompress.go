package squashfs

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/pkg/errors"
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
		// The dictionary is as large as a block, at most.
		return func(r io.Reader) (io.Reader, error) { return xz.NewReader(r, maxBlock) }, nil
	case compressionZstd:
		return func(r io.Reader) (io.Reader, error) {
			return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(2*maxBlock))
		}, nil
	}
	return nil, errors.Errorf("the squashfs file system is compressed in the way number %d, which is not read: gzip, xz and zstd are", compression)
}

// unpack decompresses a block to limit bytes at most.
func (m *image) unpack(packed []byte, limit int) ([]byte, error) {
	r, err := m.decompress(bytes.NewReader(packed))
	if err == nil {
		if closer, ok := r.(interface{ Close() }); ok { // zstd's
			defer closer.Close()
		}
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
