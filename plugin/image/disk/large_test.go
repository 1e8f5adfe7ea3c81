package disk

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// ends is an image of zeros with something in its first and its last bytes.
type ends int64

const end = "an end of the image"

func (size ends) WriteTo(w io.Writer) (int64, error) {
	chunk := make([]byte, 1<<20)
	var written int64
	for written < int64(size) {
		p := chunk[:min(int64(len(chunk)), int64(size)-written)]
		clear(p)
		if written == 0 {
			copy(p, end)
		}
		if written+int64(len(p)) == int64(size) {
			copy(p[max(0, len(p)-len(end)):], end)
		}
		n, err := w.Write(p)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// holes writes a file without what is zero in it.
type holes struct{ file *os.File }

func (h holes) Write(p []byte) (int, error) {
	if len(p) == 0 || !isZero(p) {
		return h.file.Write(p)
	}
	_, err := h.file.Seek(int64(len(p)), io.SeekCurrent)
	return len(p), err
}

func save(t *testing.T, path string, size int64, content io.WriterTo) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := content.WriteTo(holes{file}); err != nil {
		t.Fatal(err)
	}
	if err := file.Truncate(size); err != nil {
		t.Fatal(err)
	}
}

// large writes the disk of an image of zeros, without what is zero in it, and the
// image itself, and returns their paths.
func large(t *testing.T, create func(int64) (*Layout, error), size int64) (file, raw string) {
	t.Helper()
	dir := t.TempDir()
	file, raw = filepath.Join(dir, "disk"), filepath.Join(dir, "raw")
	l, err := create(size)
	if err != nil {
		t.Fatal(err)
	}
	save(t, raw, Capacity(size), ends(size))
	image, err := os.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := l.Write(t.Context(), holes{out}, io.LimitReader(image, size)); err != nil {
		t.Fatal(err)
	}
	if err := out.Truncate(l.Size()); err != nil {
		t.Fatal(err)
	}
	return file, raw
}

// TestQemuReadsLargeDisks: disks whose tables have more than one of a kind.
func TestQemuReadsLargeDisks(t *testing.T) {
	tooltest.Need(t, "qemu-img")
	tests := []struct {
		name, format string
		create       func(int64) (*Layout, error)
		size         int64
	}{
		{"a full L2 table", "qcow2", NewQCOW2, perTable * clusterSize},
		{"two L2 tables", "qcow2", NewQCOW2, perTable*clusterSize + 1},
		{"full refcounts", "qcow2", NewQCOW2, (perRefcounts - 8) * clusterSize},
		{"two refcount blocks", "qcow2", NewQCOW2, (perRefcounts-8)*clusterSize + 1},
		{"two chunks", "vhdx", NewVHDX, vhdxChunk*vhdxUnit + 3*vhdxUnit + 1000},
	}
	for _, test := range tests {
		t.Run(test.format+" with "+test.name, func(t *testing.T) {
			file, raw := large(t, test.create, test.size)
			if out := tooltest.Run(t, "qemu-img", "info", "-f", test.format, file); !strings.Contains(out, fmt.Sprintf("(%d bytes)\n", Capacity(test.size))) {
				t.Error(out)
			}
			if out := tooltest.Run(t, "qemu-img", "check", "-f", test.format, file); !strings.Contains(out, "No errors were found") {
				t.Error(out)
			}
			tooltest.Run(t, "qemu-img", "compare", "-f", test.format, "-F", "raw", file, raw)
		})
	}
}
