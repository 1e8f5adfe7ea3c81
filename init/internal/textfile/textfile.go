// Package textfile reads text as any editor writes it, on Windows too.
package textfile

import (
	"bytes"

	"github.com/pkg/errors"
)

// The byte order marks with which an editor shows the encoding of a text (Unicode
// Standard, 23.8). The mark of little-endian UTF-32 begins with that of UTF-16.
var (
	markUTF8 = []byte("\xef\xbb\xbf")
	marks16  = [][]byte{[]byte("\xff\xfe"), []byte("\xfe\xff"), []byte("\x00\x00\xfe\xff")}
)

// Normalize converts a text to UTF-8 without a byte order mark, with lines that end in
// a line feed alone. Text in UTF-16 or UTF-32 is an error. So is text that looks like
// it because it has many NULs: no text that we read may hold one.
func Normalize(content []byte) ([]byte, error) {
	content = bytes.TrimPrefix(content, markUTF8)
	for _, mark := range marks16 {
		if bytes.HasPrefix(content, mark) {
			return nil, errWide
		}
	}
	if nuls := bytes.Count(content, []byte{0}); nuls > 1 && nuls >= len(content)/2 {
		return nil, errWide // ASCII letters in UTF-16 or UTF-32 without a mark
	}
	return bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")), nil
}

var errWide = errors.New("this is UTF-16, not UTF-8: have the editor save it as UTF-8")
