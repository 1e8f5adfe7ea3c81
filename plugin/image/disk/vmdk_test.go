package disk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// noise returns n bytes that do not compress, always the same.
func noise(n int) []byte {
	b := make([]byte, n)
	var seed [32]byte
	_, _ = rand.NewChaCha8(seed).Read(b)
	return b
}

// sparse is an image with data at some places and zeros elsewhere.
func sparse(size int, places ...int) []byte {
	b := make([]byte, size)
	for _, at := range places {
		copy(b[at:], noise(1000))
	}
	return b
}

func write(t *testing.T, image []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WriteVMDK(t.Context(), &out, content.Bytes(image)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestQemuReadsIt compares, which reads every byte: qemu-img's check passes
// images that cannot be read.
func TestQemuReadsIt(t *testing.T) {
	qemu := tooltest.Need(t, "qemu-img")
	tests := map[string][]byte{
		"one sector":           noise(sectorSize),
		"less than a sector":   []byte("hello"),
		"one grain":            noise(grainSize),
		"a partial grain":      noise(3*grainSize + 5*sectorSize),
		"text":                 bytes.Repeat([]byte("a machine from scratch\n"), 50000),
		"all zeros":            make([]byte, 5*grainSize),
		"holes":                sparse(20*grainSize, 0, 7*grainSize, 19*grainSize),
		"two tables":           sparse(tableEntries*grainSize+grainSize, 0, tableEntries*grainSize),
		"an empty first table": sparse(2*tableEntries*grainSize, tableEntries*grainSize+grainSize),
		"full tables":          sparse(2*tableEntries*grainSize, 10, 2*tableEntries*grainSize-1000),
	}
	for name, image := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			vmdk, raw := filepath.Join(dir, "disk.vmdk"), filepath.Join(dir, "disk.raw")
			if err := os.WriteFile(vmdk, write(t, image), 0o644); err != nil {
				t.Fatal(err)
			}
			full := padded(bytes.Clone(image), sectorSize)
			if err := os.WriteFile(raw, full, 0o644); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{
				{"check", "-f", "vmdk", vmdk},
				{"compare", "-f", "vmdk", "-F", "raw", vmdk, raw},
				{"convert", "-f", "vmdk", "-O", "raw", vmdk, raw + ".back"},
			} {
				if out, err := exec.Command(qemu, args...).CombinedOutput(); err != nil {
					t.Fatalf("qemu-img %s: %v: %s", strings.Join(args, " "), err, out)
				}
			}
			back, err := os.ReadFile(raw + ".back")
			if err != nil || !bytes.Equal(back, full) {
				t.Errorf("converted back to %d bytes, want %d (%v)", len(back), len(full), err)
			}
		})
	}
}

func TestSameBytesOnAnyNumberOfProcessors(t *testing.T) {
	image := append(noise(5*grainSize), bytes.Repeat([]byte("text "), grainSize)...)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := write(t, image)
	runtime.GOMAXPROCS(7)
	if !bytes.Equal(one, write(t, image)) {
		t.Error("the disk depends on the number of processors")
	}
}

// TestGolden pins the format's bytes: a change of them must be meant.
func TestGolden(t *testing.T) {
	sum := sha256.Sum256(write(t, sparse(3*grainSize, grainSize)))
	const want = "3d952345f7d3ae332363631ef5df551f581aced40366decde17ee9c954809dbc"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("the disk has sha256 %s, want %s", got, want)
	}
}

// TestNoLargerThanQemus holds our size against qemu-img's own.
func TestNoLargerThanQemus(t *testing.T) {
	qemu := tooltest.Need(t, "qemu-img")
	image := append(noise(40*grainSize), bytes.Repeat([]byte("some text to compress "), 10000)...)
	image = padded(image, sectorSize)
	raw, theirs := filepath.Join(t.TempDir(), "raw"), filepath.Join(t.TempDir(), "vmdk")
	if err := os.WriteFile(raw, image, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(qemu, "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, theirs).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	info, err := os.Stat(theirs)
	if err != nil {
		t.Fatal(err)
	}
	if ours := len(write(t, image)); int64(ours) > info.Size() {
		t.Errorf("ours has %d bytes, qemu-img's %d", ours, info.Size())
	}
}

func TestWriteVMDKRefuses(t *testing.T) {
	full := errors.New("no space left on device")
	tests := []struct {
		name  string
		w     io.Writer
		image content.Content
		want  string
	}{
		{"empty", io.Discard, content.Zeros(0), "must have from 1 byte"},
		{"too large", io.Discard, content.Zeros(1 << 50), "to 2 TiB"},
		{"broken", io.Discard, broken{content.Zeros(10 * grainSize), 7 * grainSize}, "bad disk"},
		{"full disk", failing{full}, content.Zeros(10), "no space left"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := WriteVMDK(t.Context(), test.w, test.image)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestWriteVMDKEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := WriteVMDK(ctx, io.Discard, content.Zeros(1<<40))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func BenchmarkWriteVMDK(b *testing.B) {
	image := noise(200 * grainSize)
	b.SetBytes(int64(len(image)))
	for b.Loop() {
		if err := WriteVMDK(b.Context(), io.Discard, content.Bytes(image)); err != nil {
			b.Fatal(err)
		}
	}
}
