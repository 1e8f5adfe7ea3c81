package initramfs

import (
	"context"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/deflate"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// Compression is how an initramfs is compressed.
type Compression int

const (
	// Gzip is what every kernel since 2.6 unpacks, unless it was built without.
	Gzip Compression = iota
	// LZ4 is the fastest to unpack, and the largest.
	LZ4
	// Zstd is the smallest.
	Zstd
)

// ParseCompression returns the compression of a name: gzip, lz4 or zstd.
func ParseCompression(name string) (Compression, error) {
	for _, c := range []Compression{Gzip, LZ4, Zstd} {
		if c.String() == name {
			return c, nil
		}
	}
	return 0, errors.Errorf("%q is neither gzip, lz4 nor zstd", name)
}

// String is its name, which is in that of the kernel's option, too (RD_GZIP, usr/Kconfig).
func (c Compression) String() string { return [...]string{"gzip", "lz4", "zstd"}[c] }

// Extension is how the name of such a file ends.
func (c Compression) Extension() string { return [...]string{"gz", "lz4", "zst"}[c] }

// WriteCompressed writes entries as Write does, compressed, while it reads them.
// The same entries make the same bytes.
func WriteCompressed(ctx context.Context, w io.Writer, entries []tree.Entry, c Compression) error {
	z, err := c.writer(w)
	if err != nil {
		return errors.Wrapf(err, "initramfs: compressing with %s", c)
	}
	if err := Write(ctx, z, entries); err != nil {
		_ = z.Close() // ends what it has begun; the archive is lost anyway
		return err
	}
	return errors.Wrapf(z.Close(), "initramfs: compressing with %s", c)
}

func (c Compression) writer(w io.Writer) (io.WriteCloser, error) {
	switch c {
	case LZ4:
		// The one format of LZ4 that the kernel knows (lib/decompress_unlz4.c).
		z := lz4.NewWriter(w)
		return z, z.Apply(lz4.LegacyOption(true), lz4.CompressionLevelOption(lz4.Level9), lz4.ConcurrencyOption(1))
	case Zstd:
		return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	default:
		return deflate.NewWriter(w), nil
	}
}
