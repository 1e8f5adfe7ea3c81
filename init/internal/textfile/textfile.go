// Package textfile takes text as any editor writes it, Windows' included.
package textfile

import (
	"bytes"

	"github.com/pkg/errors"
)

// The byte order marks by which an editor says how it wrote a text (Unicode
// Standard, 23.8). That of UTF-32, little endian, begins like that of UTF-16.
var (
	markUTF8 = []byte("\xef\xbb\xbf")
	marks16  = [][]byte{[]byte("\xff\xfe"), []byte("\xfe\xff"), []byte("\x00\x00\xfe\xff")}
)

// Normalize returns a text in UTF-8 without a byte order mark, its lines ended
// by a line feed alone. Text in UTF-16 or UTF-32 is an error: nothing that is
// read here may hold a NUL.
func Normalize(content []byte) ([]byte, error) {
	content = bytes.TrimPrefix(content, markUTF8)
	for _, mark := range marks16 {
		if bytes.HasPrefix(content, mark) {
			return nil, errWide
		}
	}
	if nuls := bytes.Count(content, []byte{0}); nuls > 1 && nuls >= len(content)/2 {
		return nil, errWide // of letters that ASCII has, without a mark
	}
	return bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")), nil
}

var errWide = errors.New("this is UTF-16, not UTF-8: have the editor save it as UTF-8")
