package textfile

import (
	"bytes"
	"encoding/binary"
	"testing"
	"unicode/utf16"
)

// wide encodes a text in UTF-16.
func wide(order binary.ByteOrder, text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, 0, 0)
		order.PutUint16(b[len(b)-2:], unit)
	}
	return string(b)
}

func TestNormalize(t *testing.T) {
	tests := []struct {
		name, content, want string
		wide                bool
	}{
		{name: "empty"},
		{name: "as it is", content: "a: ä\n\tb  \n", want: "a: ä\n\tb  \n"},
		{name: "no last newline", content: "a", want: "a"},
		{name: "a mark alone", content: "\ufeff"},
		{name: "Windows", content: "\ufeffa: b\r\nc: d\r\n", want: "a: b\nc: d\n"},
		{name: "a mark within is text", content: "a\ufeffb", want: "a\ufeffb"},
		{name: "a carriage return within a line is text", content: "a\rb", want: "a\rb"},
		{name: "one NUL is damage, not UTF-16", content: "\x00 is no text", want: "\x00 is no text"},
		{name: "UTF-16, little endian", content: wide(binary.LittleEndian, "\ufeff#cloud-config\r\n"), wide: true},
		{name: "UTF-16, big endian", content: wide(binary.BigEndian, "\ufeff#cloud-config\r\n"), wide: true},
		{name: "UTF-16 without a mark", content: wide(binary.LittleEndian, "hostname: web\n"), wide: true},
		{name: "UTF-32, little endian", content: "\xff\xfe\x00\x00a\x00\x00\x00", wide: true},
		{name: "UTF-32, big endian", content: "\x00\x00\xfe\xff\x00\x00\x00a", wide: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := []byte(test.content)
			got, err := Normalize(before)
			if string(got) != test.want || (err != nil) != test.wide {
				t.Errorf("%q, %v, want %q", got, err, test.want)
			}
			if !bytes.Equal(before, []byte(test.content)) {
				t.Errorf("what was given has become %q", before)
			}
		})
	}
}
