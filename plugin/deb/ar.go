package deb

import (
	"io"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// A package is an archive as of ar(5), in the form that deb(5) allows: a magic line,
// and before each member a header of 60 bytes, with its name in the first 16 and its
// size, decimal digits, in 10 at 48. Members begin at even offsets.
const (
	arMagic      = "!<arch>\n"
	arHeaderSize = 60
	arNameEnd    = 16
	arSizeAt     = 48
	arSizeEnd    = 58
	arHeaderEnd  = "`\n"
)

// member returns the name and the content of the archive's first member whose name
// begins with prefix.
func member(archive io.Reader, prefix string) (string, io.Reader, error) {
	header := make([]byte, arHeaderSize)
	if _, err := io.ReadFull(archive, header[:len(arMagic)]); err != nil || string(header[:len(arMagic)]) != arMagic {
		return "", nil, errors.Errorf("this is no package of Debian's: it does not begin with %q", arMagic)
	}
	for {
		_, err := io.ReadFull(archive, header)
		if err == io.EOF {
			return "", nil, errors.Errorf("the package has no %s", prefix)
		}
		if err != nil {
			return "", nil, errors.Wrap(err, "reading the package")
		}
		size, err := strconv.ParseInt(strings.TrimRight(string(header[arSizeAt:arSizeEnd]), " "), 10, 64)
		if err != nil || size < 0 || string(header[arSizeEnd:]) != arHeaderEnd {
			return "", nil, errors.Errorf("the package is damaged: %q is no header of a member", header)
		}
		name := strings.TrimSuffix(strings.TrimRight(string(header[:arNameEnd]), " "), "/")
		if strings.HasPrefix(name, prefix) {
			return name, &whole{archive, size}, nil
		}
		if _, err := io.CopyN(io.Discard, archive, size+size&1); err != nil {
			return "", nil, errors.Wrapf(noEOF(err), "reading the package's %s", name)
		}
	}
}

// whole reads what has left bytes, and fails where less are there.
type whole struct {
	r    io.Reader
	left int64
}

func (w *whole) Read(b []byte) (int, error) {
	if w.left == 0 {
		return 0, io.EOF
	}
	n, err := w.r.Read(b[:min(int64(len(b)), w.left)])
	w.left -= int64(n)
	if w.left > 0 {
		err = noEOF(err)
	}
	return n, err
}

// noEOF is the error of what ends too early.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
