package disk

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// ends is an image of zeros with something in its first and its last bytes.
func ends(size int64) content.Content {
	end := []byte("an end of the image")
	return content.Concat(content.Bytes(end), content.Zeros(size-2*int64(len(end))), content.Bytes(end))
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

func save(t *testing.T, path string, c content.Content) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := content.Copy(t.Context(), holes{file}, c); err != nil {
		t.Fatal(err)
	}
	if err := file.Truncate(c.Size()); err != nil {
		t.Fatal(err)
	}
}

// large writes the disk of an image of zeros, without what is zero in it, and the
// image itself, up to a full sector, and returns their paths.
func large(t *testing.T, create func(content.Content) (*Layout, error), size int64) (file, raw string) {
	t.Helper()
	dir := t.TempDir()
	file, raw = filepath.Join(dir, "disk"), filepath.Join(dir, "raw")
	l, err := create(ends(size))
	if err != nil {
		t.Fatal(err)
	}
	save(t, file, l)
	save(t, raw, content.Concat(ends(size), content.Zeros(Capacity(size)-size)))
	return file, raw
}

// TestQemuReadsLargeDisks: disks whose tables have more than one of a kind.
func TestQemuReadsLargeDisks(t *testing.T) {
	tooltest.Need(t, "qemu-img")
	tests := []struct {
		name, format string
		create       func(content.Content) (*Layout, error)
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
