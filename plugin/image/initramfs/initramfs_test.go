package initramfs

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func machine() []File {
	return []File{
		{Path: "/init", Executable: true, Content: []byte("\x7fELF init")},
		{Path: "/etc/machine.json", Content: []byte("{}\n")},
		{Path: "/lib/modules/e1000.ko", Content: []byte("\x7fELF e1000!!")},
		{Path: "/lib/modules/empty.ko"},
	}
}

func TestWriteGolden(t *testing.T) {
	var got bytes.Buffer
	if err := Write(&got, machine()); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "machine.cpio")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Errorf("the archive differs from %s:\n%q\n%q", golden, got.Bytes(), want)
	}
}

func TestCpioReadsIt(t *testing.T) {
	cpio := tooltest.Need(t, "cpio")
	var archive bytes.Buffer
	if err := Write(&archive, machine()); err != nil {
		t.Fatal(err)
	}

	list := exec.Command(cpio, "-itv", "--numeric-uid-gid")
	list.Stdin = bytes.NewReader(archive.Bytes())
	list.Env = []string{"TZ=UTC", "LC_ALL=C"}
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"-rwxr-xr-x 1 0 0 9 init",
		"drwxr-xr-x 2 0 0 0 etc",
		"-rw-r--r-- 1 0 0 3 etc/machine.json",
		"drwxr-xr-x 2 0 0 0 lib",
		"drwxr-xr-x 2 0 0 0 lib/modules",
		"-rw-r--r-- 1 0 0 12 lib/modules/e1000.ko",
		"-rw-r--r-- 1 0 0 0 lib/modules/empty.ko",
	}
	if diff := cmp.Diff(want, withoutDates(string(out))); diff != "" {
		t.Error(diff)
	}

	dir := t.TempDir()
	extract := exec.Command(cpio, "-idm", "--no-absolute-filenames")
	extract.Dir, extract.Stdin = dir, bytes.NewReader(archive.Bytes())
	if out, err := extract.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, f := range machine() {
		content, err := os.ReadFile(filepath.Join(dir, f.Path))
		if err != nil || !bytes.Equal(content, f.Content) {
			t.Errorf("%s came out as %q, %v", f.Path, content, err)
		}
	}
}

// withoutDates drops the three words of the date from each line of cpio -itv.
func withoutDates(listing string) []string {
	var lines []string
	for line := range strings.Lines(listing) {
		words := strings.Fields(line)
		lines = append(lines, strings.Join(append(words[:5:5], words[8:]...), " "))
	}
	return lines
}

func writeGzip(w io.Writer, files []File) error { return WriteCompressed(w, files, Gzip) }

// TestWriteCompressed: what others unpack is the archive, and two runs make the same.
func TestWriteCompressed(t *testing.T) {
	files := append(machine(), File{Path: "/app", Executable: true, Content: bytes.Repeat([]byte("program "), 1<<19)})
	var plain bytes.Buffer
	if err := Write(&plain, files); err != nil {
		t.Fatal(err)
	}
	for c, tool := range map[Compression]string{LZ4: "lz4", Zstd: "zstd", Gzip: "gzip"} {
		t.Run(tool, func(t *testing.T) {
			var first, second bytes.Buffer
			for _, w := range []io.Writer{&first, &second} {
				if err := WriteCompressed(w, files, c); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Error("two runs differ")
			}
			cmd := exec.Command(tooltest.Need(t, tool), "-dc")
			cmd.Stdin = &first
			if got, err := cmd.Output(); err != nil || !bytes.Equal(got, plain.Bytes()) {
				t.Errorf("%s unpacks %d bytes (%v), want the %d of Write", tool, len(got), err, plain.Len())
			}
			if err := WriteCompressed(&fullDisk{left: 10}, files, c); err == nil || !strings.Contains(err.Error(), "no space left") {
				t.Errorf("a full disk: got %v", err)
			}
			if parsed, err := ParseCompression(tool); err != nil || parsed != c {
				t.Errorf("the name %s: %v, %v", tool, parsed, err)
			}
		})
	}
	if _, err := ParseCompression("xz"); err == nil || !strings.Contains(err.Error(), "neither gzip, lz4 nor zstd") {
		t.Errorf("xz: %v", err)
	}
}

func TestWriteGzip(t *testing.T) {
	// More than one block, so that several cores take part.
	files := append(machine(), File{Path: "/app", Executable: true, Content: bytes.Repeat([]byte("program "), 1<<19)})
	var plain, first, second bytes.Buffer
	if err := errors.Wrap(Write(&plain, files), "plain"); err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.Writer{&first, &second} {
		if err := writeGzip(w, files); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two runs differ")
	}
	r, err := gzip.NewReader(&first)
	if err != nil {
		t.Fatal(err)
	}
	if !r.ModTime.IsZero() || r.Name != "" {
		t.Errorf("the gzip header has name %q, time %v", r.Name, r.ModTime)
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, plain.Bytes()) {
		t.Errorf("unpacked %d bytes (%v), want the %d of Write", len(got), err, plain.Len())
	}
}

func TestWriteRefuses(t *testing.T) {
	tests := []struct {
		name  string
		files []File
		want  string
	}{
		{"relative", []File{{Path: "init"}}, `"init" is not absolute`},
		{"dots", []File{{Path: "/lib/../init"}}, "not absolute and clean"},
		{"root", []File{{Path: "/"}}, "not absolute and clean"},
		{"NUL", []File{{Path: "/a\x00b"}}, "holds a NUL"},
		{"twice", []File{{Path: "/init"}, {Path: "/init"}}, "/init is there twice"},
		{"file and folder", []File{{Path: "/lib"}, {Path: "/lib/x"}}, "/lib is both a file and a folder"},
		{"folder and file", []File{{Path: "/lib/x"}, {Path: "/lib"}}, "/lib is there twice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, write := range []func(io.Writer, []File) error{Write, writeGzip} {
				err := write(io.Discard, test.files)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want an error with %q", err, test.want)
				}
			}
		})
	}
}

type fullDisk struct{ left int }

func (w *fullDisk) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

func TestWriteReportsAFullDisk(t *testing.T) {
	for _, write := range []func(io.Writer, []File) error{Write, writeGzip} {
		if err := write(&fullDisk{left: 10}, machine()); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("got %v", err)
		}
	}
}

func BenchmarkWriteGzip(b *testing.B) {
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		b.Skip(err)
	}
	b.SetBytes(int64(len(program)))
	for b.Loop() {
		if err := writeGzip(io.Discard, []File{{Path: "/init", Executable: true, Content: program}}); err != nil {
			b.Fatal(err)
		}
	}
}
