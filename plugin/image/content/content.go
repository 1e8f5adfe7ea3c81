// Package content holds the bytes of files on their way into an image. They stay
// where they are, in memory or in a file, until a writer reads them.
package content

import (
	"bytes"
	"context"
	"io"

	"github.com/pkg/errors"
)

// Content is a known number of bytes, which any number of readers can read at the
// same time. *bytes.Reader, *strings.Reader and *io.SectionReader are contents.
type Content interface {
	io.ReaderAt
	// Size is the number of bytes.
	Size() int64
}

// Bytes is content in memory. It is not copied.
func Bytes(b []byte) Content { return bytes.NewReader(b) }

// NewReader reads a content from its first byte to its last.
func NewReader(c Content) *io.SectionReader { return io.NewSectionReader(c, 0, c.Size()) }

// stride is how many bytes are copied at a time, which bounds how long a copy
// outlives its context.
const stride = 256 << 10

// Copy writes all of a content to w. It ends soon after ctx does, and fails if
// the content turns out to have fewer bytes than it said.
func Copy(ctx context.Context, w io.Writer, c Content) error {
	size := c.Size()
	buffer := make([]byte, min(size, stride))
	for at := int64(0); at < size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		piece := buffer[:min(size-at, stride)]
		if err := ReadFull(c, piece, at); err != nil {
			return err
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
		at += int64(len(piece))
	}
	return nil
}

// ReadFull fills p with the bytes of a content from an offset on. To end before
// that is an error.
func ReadFull(c Content, p []byte, offset int64) error {
	n, err := c.ReadAt(p, offset)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		return errors.Errorf("it ends after %d of %d bytes: did it change while it was read?", offset+int64(n), c.Size())
	}
	return err
}
