package disk

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// Layout is a virtual disk's file around an image: headers and tables, the image
// as it is, zeros up to a full block, and a footer. The same image always makes
// the same file. (What is zero in the image is left to the compression around the
// file.)
type Layout struct {
	content.Content // the file
	format          string
	size            int64 // of the image
	block           int64 // what the image is filled up to
	head            int64 // before the image
	foot            int64 // behind the last block
	// render returns the bytes of head and foot.
	render func(uuid) (head, foot []byte)
}

// blocks is how many blocks the image takes.
func (l *Layout) blocks() int64 { return pieces(l.size, l.block) }

// around puts the file around the image. It fails for one that the format cannot
// hold.
func (l *Layout) around(image content.Content, largest int64) (*Layout, error) {
	if l.size <= 0 || l.size > largest {
		return nil, errors.Errorf("%s: the image has %d bytes: it must have from 1 byte to %d GiB", l.format, l.size, largest>>30)
	}
	id, err := l.id(image)
	if err != nil {
		return nil, errors.Wrapf(err, "%s: reading the image", l.format)
	}
	head, foot := l.render(id)
	l.Content = content.Concat(content.Bytes(head), image, content.Zeros(l.blocks()*l.block-l.size), content.Bytes(foot))
	return l, nil
}

// signed is how much of an image, in bytes, tells it from another: the boot
// sector has a disk signature, which is a checksum of the initramfs, and is
// followed by where everything is.
const signed = 64 << 10

// uuid is an identifier that a format wants to be unique.
type uuid [16]byte

// id returns the image's own.
func (l *Layout) id(image content.Content) (uuid, error) {
	start := make([]byte, min(l.size, signed))
	if err := content.ReadFull(image, start, 0); err != nil {
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
