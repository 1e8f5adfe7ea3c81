package disk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// layouts are the formats by QEMU's names. block is what the virtual disk's size is
// a multiple of.
var layouts = []struct {
	name, qemu string
	create     func(content.Content) (*Layout, error)
	block      int64
	checks     bool // whether qemu-img can check it
	golden     string
}{
	{"raw", "raw", NewRaw, sectorSize, false, "a80eefbfb1d9e14fd6e7c59e900bbdde21541817926c4cff204c1fe9c281d0ef"},
	{"qcow2", "qcow2", NewQCOW2, sectorSize, true, "aeb808e6e66f031ff56a9313a1df6877e377f5f6ced96466847040901e6cbd08"},
	{"VHD", "vpc", NewVHD, vhdBlock, false, "06ad92fc356c7a4c5c47ea8e6fc18c4be2c9bab64210f68e6d3cdd25db1d1a9b"},
	{"VHDX", "vhdx", NewVHDX, sectorSize, true, "9c7fd8ac30503ea44d3b348b683b55af1f4222a9d1061c524ea640fc628a238b"},
	{"VDI", "vdi", NewVDI, sectorSize, true, "4c849e2d9d62679510253f03a66caaf0b328ac42555cecdc60227acc39d05514"},
	{"sparse VMDK", "vmdk", func(image content.Content) (*Layout, error) { return NewSparseVMDK(image, "disk.vmdk") }, grainSize, true, "d7c09ca1f47f2861006c25ac1887755559f2c8a490b7ad853d4af949540b2076"},
}

func layOut(t *testing.T, create func(content.Content) (*Layout, error), image []byte) []byte {
	t.Helper()
	l, err := create(content.Bytes(image))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := content.Copy(t.Context(), &out, l); err != nil {
		t.Fatal(err)
	}
	if int64(out.Len()) != l.Size() {
		t.Errorf("%d bytes make a file of %d bytes, and %d were said", len(image), out.Len(), l.Size())
	}
	if got := out.Bytes()[l.head:][:len(image)]; !bytes.Equal(got, image) {
		t.Errorf("the image of %d bytes is not behind the head", len(image))
	}
	return out.Bytes()
}

// TestQemuReadsLayouts has qemu-img check the tables, and convert every disk back.
func TestQemuReadsLayouts(t *testing.T) {
	tooltest.Need(t, "qemu-img")
	images := map[string][]byte{
		"less than a sector": []byte("hello"),
		"one sector":         noise(sectorSize),
		"one grain":          noise(grainSize),
		"a partial grain":    noise(3*grainSize + 5*sectorSize + 7),
		"one MiB":            noise(1 << 20),
		"a little more":      noise(1<<20 + 1),
		"holes":              sparse(20*grainSize, 0, 7*grainSize, 19*grainSize),
		"two grain tables":   sparse(tableEntries*grainSize+grainSize, 0, tableEntries*grainSize),
	}
	for _, format := range layouts {
		for name, image := range images {
			t.Run(format.name+" of "+name, func(t *testing.T) {
				dir := t.TempDir()
				file, back := filepath.Join(dir, "disk"), filepath.Join(dir, "back")
				if err := os.WriteFile(file, layOut(t, format.create, image), 0o644); err != nil {
					t.Fatal(err)
				}
				if format.checks {
					if out := tooltest.Run(t, "qemu-img", "check", "-f", format.qemu, file); !strings.Contains(out, "No errors were found") {
						t.Error(out)
					}
				}
				tooltest.Run(t, "qemu-img", "convert", "-f", format.qemu, "-O", "raw", file, back)
				full := padded(bytes.Clone(image), int(format.block))
				got, err := os.ReadFile(back)
				if err != nil || !bytes.Equal(got, full) {
					t.Errorf("converted back to %d bytes, want %d (%v)", len(got), len(full), err)
				}
			})
		}
	}
}

// TestLayoutsGolden pins the formats' bytes: a change of them must be meant.
func TestLayoutsGolden(t *testing.T) {
	for _, format := range layouts {
		sum := sha256.Sum256(layOut(t, format.create, sparse(3*grainSize, grainSize)))
		if got := hex.EncodeToString(sum[:]); got != format.golden {
			t.Errorf("%s: the disk has sha256 %s, want %s", format.name, got, format.golden)
		}
	}
}

// TestIDs: disks of other content have other ids, whatever their size.
func TestIDs(t *testing.T) {
	for _, format := range layouts[2:] { // raw and qcow2 have none
		l, err := format.create(content.Zeros(grainSize))
		if err != nil {
			t.Fatal(err)
		}
		one, other := layOut(t, format.create, make([]byte, grainSize)), layOut(t, format.create, noise(grainSize))
		end := l.head + grainSize
		if bytes.Equal(one[:l.head], other[:l.head]) && bytes.Equal(one[end:], other[end:]) {
			t.Errorf("%s: the headers of two disks are the same", format.name)
		}
	}
}

// broken is an image that cannot be read from some place on.
type broken struct {
	content.Content
	from int64
}

func (b broken) ReadAt(p []byte, offset int64) (int, error) {
	if offset+int64(len(p)) > b.from {
		return 0, errors.New("bad disk")
	}
	return b.Content.ReadAt(p, offset)
}

func TestLayoutRefuses(t *testing.T) {
	for _, format := range layouts {
		for _, size := range []int64{0, -1, 1 << 62} {
			if _, err := format.create(content.Zeros(size)); err == nil || !strings.Contains(err.Error(), "it must have from 1 byte to") {
				t.Errorf("%s of %d bytes: got %v", format.name, size, err)
			}
		}
		for _, from := range []int64{0, signed} {
			l, err := format.create(broken{content.Zeros(3 * signed), from})
			if err == nil {
				err = content.Copy(t.Context(), io.Discard, l)
			}
			if err == nil || !strings.Contains(err.Error(), "bad disk") {
				t.Errorf("%s, broken from %d on: got %v", format.name, from, err)
			}
		}
	}
	for _, name := range []string{"", `a"b`, "a/b", "a\nb"} {
		if _, err := NewSparseVMDK(content.Zeros(1), name); err == nil {
			t.Errorf("the name %q was taken", name)
		}
	}
}
