package replacement

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	tests := []struct{ name, text, want, err string }{
		{"a request", `{"service":"app","size":3,"sha256":"aa"}` + "\n", "app", ""},
		{"nothing", "", "", "EOF"},
		{"cut off", `{"service":"app"`, "", "unexpected EOF"},
		{"no JSON", "hello\n", "", `reading "hello\n": invalid character`},
		{"too long", strings.Repeat("x", maxLine+1) + "\n", "", "a line of more than 1048576 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var r Request
			err := Read(bufio.NewReader(strings.NewReader(test.text)), &r)
			if r.Service != test.want || (err == nil) != (test.err == "") || err != nil && !strings.HasPrefix(err.Error(), test.err) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// FuzzRead: whatever the other side says, there is an end, and what was read is written
// and read the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"service":"app","size":3,"sha256":"aa"}` + "\n"))
	f.Add([]byte("{}\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var r, again Request
		if Read(bufio.NewReader(bytes.NewReader(text)), &r) != nil {
			return
		}
		var line bytes.Buffer
		if err := Write(&line, r); err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(&line)
		if err := Read(in, &again); err != nil || again != r {
			t.Errorf("%+v, %v, want %+v", again, err, r)
		}
		if err := Read(in, &again); err != io.EOF {
			t.Errorf("after the last line: %v", err)
		}
	})
}
