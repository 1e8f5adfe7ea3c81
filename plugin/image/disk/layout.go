package disk

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"

	"github.com/pkg/errors"
)

// Layout is a virtual disk's file around an image: headers and tables, the image
// as it is, zeros up to a full block, and a footer. All of it but a few ids is
// known from the image's size, so the file is written in one pass. (What is zero
// in the image is left to the compression around the file.)
type Layout struct {
	format string
	size   int64 // of the image
	block  int64 // what the image is filled up to
	head   int64 // before the image
	foot   int64 // behind the last block
	// render returns the bytes of head and foot.
	render func(uuid) (head, foot []byte)
}

// blocks is how many blocks the image takes.
func (l *Layout) blocks() int64 { return pieces(l.size, l.block) }

// Head is the size of what comes before the image, in bytes.
func (l *Layout) Head() int64 { return l.head }

// Size is the size of the file in bytes.
func (l *Layout) Size() int64 { return l.head + l.blocks()*l.block + l.foot }

// check fails for an image that the format cannot hold.
func (l *Layout) check(largest int64) (*Layout, error) {
	if l.size <= 0 || l.size > largest {
		return nil, errors.Errorf("%s: the image has %d bytes: it must have from 1 byte to %d GiB", l.format, l.size, largest>>30)
	}
	return l, nil
}

// Write writes the file around the image that r delivers. The same image always
// makes the same file. It fails if the image has more or fewer bytes than were
// said, and ends soon after ctx does.
func (l *Layout) Write(ctx context.Context, w io.Writer, r io.Reader) error {
	image := bufio.NewReaderSize(contextReader{ctx, r}, signed)
	id, err := l.id(image)
	if err != nil {
		return errors.Wrapf(err, "%s: reading the image", l.format)
	}
	head, foot := l.render(id)
	if _, err := w.Write(head); err != nil {
		return errors.Wrapf(err, "%s: writing the tables", l.format)
	}
	if err := copyImage(w, image, l.size); err != nil {
		return errors.Wrapf(err, "%s: writing the image", l.format)
	}
	fill := make([]byte, l.blocks()*l.block-l.size)
	_, err = w.Write(append(fill, foot...))
	return errors.Wrapf(err, "%s: writing the end", l.format)
}

// copyImage copies the size bytes that r must deliver.
func copyImage(w io.Writer, r io.Reader, size int64) error {
	if n, err := io.CopyN(w, r, size); err == io.EOF {
		return errors.Errorf("it ends after %d of %d bytes", n, size)
	} else if err != nil {
		return err
	}
	return ended(r, size)
}

// ended fails unless r is at the end of an image of size bytes.
func ended(r io.Reader, size int64) error {
	if n, _ := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return errors.Errorf("it has more than %d bytes", size)
	}
	return nil
}

// contextReader ends what is being read when ctx does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// signed is how much of an image, in bytes, tells it from another: the boot
// sector has a disk signature, which is a checksum of the initramfs, and is
// followed by where everything is.
const signed = 64 << 10

// uuid is an identifier that a format wants to be unique.
type uuid [16]byte

// id returns the image's own.
func (l *Layout) id(image *bufio.Reader) (uuid, error) {
	start, err := image.Peek(int(min(l.size, signed)))
	if err != nil && err != io.EOF {
		return uuid{}, err
	}
	return newUUID(binary.BigEndian.AppendUint64([]byte(l.format), uint64(l.size)), start), nil
}

// derive returns another for something of the same disk.
func (id uuid) derive(purpose string) uuid { return newUUID(id[:], []byte(purpose)) }

// newUUID makes a UUID of what it identifies (RFC 9562, 5.8: version 8).
func newUUID(content ...[]byte) uuid {
	hash := sha256.New()
	for _, c := range content {
		hash.Write(c)
	}
	id := uuid(hash.Sum(nil)[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}

// pieces is how many of size it takes for total.
func pieces(total, size int64) int64 { return (total + size - 1) / size }
