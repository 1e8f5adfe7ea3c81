package input

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/pkg/errors"
)

// soon fails a test whose function does not return: it would wait for ever, not
// only for a busy machine.
func soon(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("it does not return")
	}
}

// wantError fails unless err has the text in it.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want one with %q", err, want)
	}
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	path := write(t, "hello")
	if got, err := Read(t.Context(), path, 5); string(got) != "hello" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	_, err := Read(t.Context(), path, 4)
	wantError(t, err, path+" is larger than")
	_, err = Read(t.Context(), filepath.Dir(path), 5)
	wantError(t, err, filepath.Dir(path)+" is a folder, not a file")
	_, err = Read(t.Context(), path+"2", 5)
	if !errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), "open ") {
		t.Errorf("the error is %v", err)
	}
	for _, bad := range []string{path + "\r", "\ufeff" + path, path + "\n"} {
		_, err = Read(t.Context(), bad, 5)
		wantError(t, err, "cannot be seen")
	}
}

// A file that says that it has 4 GiB is not read, though its blocks take no room.
func TestSparse(t *testing.T) {
	path := write(t, "")
	if err := os.Truncate(path, 4<<30); err != nil {
		t.Skip(err)
	}
	soon(t, func() {
		_, err := Read(t.Context(), path, MaxProgram)
		wantError(t, err, "is larger than 1024 MiB")
	})
}

// TestGrows: a file may be larger than it said when it was opened.
func TestGrows(t *testing.T) {
	content, err := readUpTo(iotest.OneByteReader(strings.NewReader("0123456789")), 0, 4)
	if string(content) != "01234" || err != nil {
		t.Errorf("%q, %v", content, err)
	}
}

func TestCancelled(t *testing.T) {
	path := write(t, "hello")
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("no longer wanted")
	r := Reader(ctx, strings.NewReader(strings.Repeat("x", 3*stride)))
	if n, err := r.Read(make([]byte, 2*stride)); n != stride || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	cancel(gone)
	if _, err := r.Read(make([]byte, 1)); err != gone {
		t.Errorf("the error is %v", err)
	}
	if _, err := Read(ctx, path, 5); err != gone {
		t.Errorf("the error is %v", err)
	}
	if _, err := io.ReadAll(Reader(ctx, strings.NewReader(""))); err != gone {
		t.Errorf("the error is %v", err)
	}
}

func TestCheck(t *testing.T) {
	path := write(t, "")
	for _, good := range []string{path, filepath.Dir(path)} {
		if err := Check(good); err != nil {
			t.Error(err)
		}
	}
	wantError(t, Check(path+"2"), path+"2")
	wantError(t, Check(path+"\r"), "cannot be seen")
}

func TestText(t *testing.T) {
	tests := []struct{ name, content, want, wrong string }{
		{"plain", "a\nb\n", "a\nb\n", ""},
		{"no last newline", "a\nb", "a\nb", ""},
		{"CRLF", "a\r\nb\r\n", "a\nb\n", ""},
		{"byte order mark", "\ufeffa\n", "a\n", ""},
		{"mark and CRLF", "\ufeffa\r\n", "a\n", ""},
		{"only a mark", "\ufeff", "", ""},
		{"empty", "", "", ""},
		{"trailing blanks", "a \t\n", "a \t\n", ""},
		{"accents", "é\n", "é\n", ""},
		{"UTF-16, little endian", "\xff\xfea\x00", "", "UTF-16: save it as UTF-8"},
		{"UTF-16, big endian", "\xfe\xff\x00a", "", "UTF-16: save it as UTF-8"},
		{"UTF-16 without a mark", "a\x00b\x00", "", "NUL bytes"},
		{"Latin-1", "caf\xe9\n", "", "not text in UTF-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, test.content)
			got, err := ReadText(t.Context(), path)
			if test.wrong != "" {
				wantError(t, err, test.wrong)
				wantError(t, err, path)
			} else if got != test.want || err != nil {
				t.Errorf("%q, %v, want %q", got, err, test.want)
			}
		})
	}
}
