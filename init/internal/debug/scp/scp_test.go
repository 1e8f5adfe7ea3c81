package scp

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseHeader(t *testing.T) {
	for line, want := range map[string]header{
		"C0644 12 a file":  {'C', 0o644, 12, "a file"},
		"D0755 0 dir":      {'D', 0o755, 0, "dir"},
		"C4755 0 set-uid":  {'C', 0o755, 0, "set-uid"},
		"C0600 1 ..hidden": {'C', 0o600, 1, "..hidden"},
	} {
		if got, err := parseHeader(line); err != nil || got != want {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
	for line, want := range map[string]string{
		"C0644 12":                     "no line of the protocol",
		"C 12 name":                    "no line of the protocol",
		"C0899 12 name":                "no file mode",
		"C77777 12 name":               "no file mode",
		"C0644 -1 name":                "no size",
		"C0644 99999999999999999999 x": "no size",
		"C0644 1 ":                     "no file name",
		"C0644 1 ..":                   "no file name",
		"C0644 1 ../../etc/passwd":     "no file name",
		"D0755 0 a\x00b":               "no file name",
	} {
		if got, err := parseHeader(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want %q", line, got, err, want)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	for _, seed := range []string{"C0644 12 a file", "D0755 0 dir", "C0644 1 ..", "C0644 -1 x", "T0 0 0 0", "C", "", "C0644 0 a/b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		h, err := parseHeader(line)
		if err != nil {
			return
		}
		if inside := filepath.Join("/dir", h.name); filepath.Dir(inside) != "/dir" || h.size < 0 || h.mode > 0o777 {
			t.Errorf("%q: %+v", line, h)
		}
	})
}

// FuzzTake: whatever a client sends, nothing is written but where it asked to.
func FuzzTake(f *testing.F) {
	for _, seed := range []string{
		"C0644 5 file\nhello\x00", "D0755 0 dir\nC0600 2 in\nhi\x00E\n", "T1 0 1 0\nC0644 0 empty\n\x00",
		"C0644 3 ../out\nabc\x00", "D0755 0 ..\nC0644 1 x\ny\x00E\n", "E\nE\nC0644 1 x\ny\x00", "C0644 9 short\nabc", "\x01no\n", "\n", "C0644",
		"D0000 0 d\nD0000 0 d\nE\nE\nC0644 1 d\n", strings.Repeat("A", maxLine+2),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		above := t.TempDir()
		dir := filepath.Join(above, "asked")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		s := Stream{Reader: bytes.NewReader(sent), Writer: io.Discard, Recursive: true}
		_ = s.Take(dir) // an error is what most of it deserves
		if entries, err := os.ReadDir(above); err != nil || len(entries) != 1 {
			t.Errorf("beside the folder there is something: %v, %v", entries, err)
		}
	})
}

// TestThereAndBack: what one stream gives, another one takes.
func TestThereAndBack(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	for path, content := range map[string]string{"tree/a": "first", "tree/sub/b c": strings.Repeat("x", 100_000), "tree/empty": ""} {
		path = filepath.Join(from, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	there, thereW := io.Pipe()
	back, backW := io.Pipe()
	given := make(chan error, 1)
	go func() {
		s := Stream{Reader: back, Writer: thereW, Recursive: true}
		err := s.Give([]string{filepath.Join(from, "tree")})
		_ = thereW.Close()
		given <- err
	}()
	taker := Stream{Reader: there, Writer: backW, Recursive: true}
	if err := taker.Take(to); err != nil {
		t.Error(err)
	}
	if err := <-given; err != nil {
		t.Error(err)
	}
	for path, want := range map[string]int{"tree/a": 5, "tree/sub/b c": 100_000, "tree/empty": 0} {
		info, err := os.Stat(filepath.Join(to, path))
		if err != nil || info.Size() != int64(want) || info.Mode() != 0o640 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	refusing := Stream{Reader: strings.NewReader("D0755 0 dir\n"), Writer: io.Discard}
	if err := refusing.Take(to); err == nil || !strings.Contains(err.Error(), "-r was not given") {
		t.Errorf("%v", err)
	}
}
