package disk

import (
	"context"
	"fmt"
	"io"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/deflate"
)

// Numbers of GNU tar's old format for sparse files (GNU tar manual, "Basic Tar
// Format" and "Storing Sparse Files": struct oldgnu_header, struct sp_array).
const (
	tarBlock      = 512
	tarMagic      = "ustar  \x00"
	tarSparse     = 'S'
	tarMagicAt    = 257
	tarChecksumAt = 148
	tarPiecesAt   = 386
	tarRealSizeAt = 483
	// tarEnd is what the archive is filled up to, with two blocks of zeros at
	// least.
	tarEnd = 20 * tarBlock

	// gceName and gceUnit are what Google wants ("Manually import boot disks",
	// "Compress the image"): the disk's name, and what its size must be a multiple
	// of, in bytes.
	gceName = "disk.raw"
	gceUnit = 1 << 30
	// maxGCE keeps sizes within the header's 11 octal digits, in bytes.
	maxGCE = 7 << 30
)

// WriteGCE writes an image of a disk as one for Google Compute Engine: disk.raw,
// filled up to a full GiB, in a tar archive, compressed with gzip. The zeros are a
// hole, not in the archive. The same image always makes the same file. It ends soon
// after ctx does.
func WriteGCE(ctx context.Context, w io.Writer, image content.Content) error {
	size := image.Size()
	if size <= 0 || size > maxGCE {
		return errors.Errorf("GCE image: the image has %d bytes: it must have from 1 byte to %d GiB", size, maxGCE>>30)
	}
	z := deflate.NewWriter(w)
	if _, err := z.Write(gceHeader(size)); err != nil {
		return errors.Wrap(err, "GCE image: writing the header")
	}
	if err := content.Copy(ctx, z, image); err != nil {
		return errors.Wrap(err, "GCE image: writing the image")
	}
	filled := pieces(tarBlock+Capacity(size)+2*tarBlock, tarEnd) * tarEnd
	if _, err := z.Write(make([]byte, filled-tarBlock-size)); err != nil {
		return errors.Wrap(err, "GCE image: ending the archive")
	}
	return errors.Wrap(z.Close(), "GCE image: compressing")
}

// gceHeader says that disk.raw has size bytes, and from there a hole.
func gceHeader(size int64) []byte {
	h := make([]byte, tarBlock)
	octal := func(at, width int, value int64) { copy(h[at:], fmt.Sprintf("%0*o\x00", width-1, value)) }
	stored, real := Capacity(size), pieces(size, gceUnit)*gceUnit
	copy(h, gceName)
	octal(100, 8, 0o644) // mode
	octal(108, 8, 0)     // user
	octal(116, 8, 0)     // group
	octal(124, 12, stored)
	octal(136, 12, 0) // time
	h[156] = tarSparse
	copy(h[tarMagicAt:], tarMagic)
	// The pieces: where each is, and its size. One of no size ends the file.
	octal(tarPiecesAt, 12, 0)
	octal(tarPiecesAt+12, 12, stored)
	octal(tarPiecesAt+24, 12, real)
	octal(tarPiecesAt+36, 12, 0)
	octal(tarRealSizeAt, 12, real)
	// The checksum is that of the header with spaces in its place.
	copy(h[tarChecksumAt:], "        ")
	var sum int64
	for _, c := range h {
		sum += int64(c)
	}
	copy(h[tarChecksumAt:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}
