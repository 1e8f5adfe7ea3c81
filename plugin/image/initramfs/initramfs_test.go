package initramfs

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func file(path string, mode fs.FileMode, bytes string) tree.Entry {
	return tree.Entry{Path: path, Mode: mode, Content: strings.NewReader(bytes)}
}

func machine() []tree.Entry {
	return []tree.Entry{
		file("/init", 0o755, "\x7fELF init"),
		file("/etc/machine.json", 0o644, "{}\n"),
		file("/lib/modules/e1000.ko", 0o644, "\x7fELF e1000!!"),
		{Path: "/lib/modules/empty.ko", Mode: 0o644},
	}
}

// large is a machine with a program of 4 MB: several processors take part.
func large() []tree.Entry {
	return append(machine(), file("/app", 0o755, strings.Repeat("program ", 1<<19)))
}

func TestWriteGolden(t *testing.T) {
	var got bytes.Buffer
	if err := Write(t.Context(), &got, machine()); err != nil {
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
	if err := Write(t.Context(), &archive, machine()); err != nil {
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
		if err != nil || string(content) != contentOf(t, f) {
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

func contentOf(t *testing.T, e tree.Entry) string {
	t.Helper()
	var b strings.Builder
	if e.Content != nil {
		if err := content.Copy(t.Context(), &b, e.Content); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func writeGzip(ctx context.Context, w io.Writer, entries []tree.Entry) error {
	return WriteCompressed(ctx, w, entries, Gzip)
}

// TestWriteCompressed: what others unpack is the archive, and two runs make the same.
func TestWriteCompressed(t *testing.T) {
	files := large()
	var plain bytes.Buffer
	if err := Write(t.Context(), &plain, files); err != nil {
		t.Fatal(err)
	}
	for c, tool := range map[Compression]string{LZ4: "lz4", Zstd: "zstd", Gzip: "gzip"} {
		t.Run(tool, func(t *testing.T) {
			var first, second bytes.Buffer
			for _, w := range []io.Writer{&first, &second} {
				if err := WriteCompressed(t.Context(), w, files, c); err != nil {
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
			if err := WriteCompressed(t.Context(), &fullDisk{left: 10}, files, c); err == nil || !strings.Contains(err.Error(), "no space left") {
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
	files := large()
	var plain, first, second bytes.Buffer
	if err := errors.Wrap(Write(t.Context(), &plain, files), "plain"); err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.Writer{&first, &second} {
		if err := writeGzip(t.Context(), w, files); err != nil {
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

// claim is content that has nothing but a size.
type claim int64

func (c claim) Size() int64                       { return int64(c) }
func (c claim) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }

func TestWriteRefuses(t *testing.T) {
	tests := []struct {
		name  string
		entry tree.Entry
		want  string
	}{
		{"relative", tree.Entry{Path: "app"}, `"app" is not absolute`},
		{"twice", tree.Entry{Path: "/init"}, "/init is there twice"},
		{"4 GiB", tree.Entry{Path: "/app", Content: claim(1 << 32)}, "/app has 4294967296 bytes: a file in an initramfs can have 4294967295, which is 4 GiB less 1"},
		{"a long path", file("/"+strings.Repeat("a", 4096), 0o644, ""), "has more than 4095 bytes"},
		{"a long link", tree.Entry{Path: "/a", Mode: fs.ModeSymlink, Target: strings.Repeat("a", 4096)}, "has more than 4095 bytes"},
		{"1969", tree.Entry{Path: "/a", ModTime: time.Unix(-1, 0)}, "/a was changed at 1969-12-31 23:59:59 +0000 UTC: an initramfs has times from 1970 to 2106"},
		{"2107", tree.Entry{Path: "/a", ModTime: time.Unix(1<<32, 0)}, "times from 1970 to 2106"},
		{"a socket", tree.Entry{Path: "/a", Mode: fs.ModeSocket}, "/a (S---------) is neither a file, folder, link, device nor FIFO"},
		{"a file that shrank", tree.Entry{Path: "/a", Content: claim(5)}, "writing /a: it ends after 0 of 5 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, write := range []func(context.Context, io.Writer, []tree.Entry) error{Write, writeGzip} {
				err := write(t.Context(), io.Discard, append(machine(), test.entry))
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want an error with %q", err, test.want)
				}
			}
		})
	}
}

// ending is content whose reader cancels the work after some bytes, and counts those
// that are read all the same.
type ending struct {
	content.Content
	cancel func()
	read   int64
}

const readBeforeEnd = 32 << 20

func (e *ending) ReadAt(p []byte, offset int64) (int, error) {
	if e.read += int64(len(p)); e.read >= readBeforeEnd {
		e.cancel()
	}
	return e.Content.ReadAt(p, offset)
}

// TestWriteEndsWithItsContext: at once, and with any compression.
func TestWriteEndsWithItsContext(t *testing.T) {
	for _, c := range []Compression{Gzip, LZ4, Zstd} {
		ctx, cancel := context.WithCancel(t.Context())
		app := &ending{Content: content.Zeros(maxNumber), cancel: cancel}
		err := WriteCompressed(ctx, io.Discard, []tree.Entry{{Path: "/app", Content: app}}, c)
		if after := app.read - readBeforeEnd; !errors.Is(err, context.Canceled) || after > 1<<20 {
			t.Errorf("%s: %v after %d more bytes", c, err, after)
		}
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
	for _, write := range []func(context.Context, io.Writer, []tree.Entry) error{Write, writeGzip} {
		if err := write(t.Context(), &fullDisk{left: 10}, machine()); err == nil || !strings.Contains(err.Error(), "no space left") {
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
		if err := writeGzip(b.Context(), io.Discard, []tree.Entry{{Path: "/init", Content: content.Bytes(program)}}); err != nil {
			b.Fatal(err)
		}
	}
}
