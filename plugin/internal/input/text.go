package input

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// byteOrderMark may begin a UTF-8 text; editors on Windows like it so (Unicode,
// section 23.8).
const byteOrderMark = '\ufeff'

// The marks of a UTF-16 text, as PowerShell's > writes one (Unicode, section 23.8).
const (
	littleEndian = "\xff\xfe"
	bigEndian    = "\xfe\xff"
)

// IsUTF16 tells whether content says of itself that it is a UTF-16 text.
func IsUTF16(content []byte) bool {
	return bytes.HasPrefix(content, []byte(littleEndian)) || bytes.HasPrefix(content, []byte(bigEndian))
}

// Text returns a text as any editor may have written it, in UTF-8 with or without
// a byte order mark, with Windows's line ends or Unix's: the result has no mark
// and Unix's line ends. It fails when content is in another encoding, or no text.
func Text(content []byte) (string, error) {
	if IsUTF16(content) {
		return "", errors.New("it is text in UTF-16: save it as UTF-8")
	}
	if bytes.IndexByte(content, 0) >= 0 {
		return "", errors.New("it is not text, or text in UTF-16: it has NUL bytes; save it as UTF-8")
	}
	if !utf8.Valid(content) {
		return "", errors.New("it is not text in UTF-8: save it as UTF-8")
	}
	text := strings.TrimPrefix(string(content), string(byteOrderMark))
	return strings.ReplaceAll(text, "\r\n", "\n"), nil
}

// ReadText returns the text in the regular file at path, as Text does, of at
// most MaxText bytes. It ends soon after ctx does.
func ReadText(ctx context.Context, path string) (string, error) {
	content, err := Read(ctx, path, MaxText)
	if err != nil {
		return "", err
	}
	text, err := Text(content)
	return text, errors.Wrap(err, path)
}
