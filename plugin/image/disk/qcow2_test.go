package disk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"

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

func newQCOW2(t *testing.T, image io.WriterTo, size int64) *QCOW2 {
	t.Helper()
	q, err := NewQCOW2(image, size)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestQemuReadsQCOW2 has qemu-img check the tables and compare every byte.
func TestQemuReadsQCOW2(t *testing.T) {
	qemu := tooltest.Need(t, "qemu-img")
	image := func(content []byte) (io.WriterTo, int64) { return bytes.NewReader(content), int64(len(content)) }
	zeros := func(size int64) (io.WriterTo, int64) { return ends(size), size }
	tests := map[string]func() (io.WriterTo, int64){
		"less than a sector":  func() (io.WriterTo, int64) { return image([]byte("hello")) },
		"one sector":          func() (io.WriterTo, int64) { return image(noise(sectorSize)) },
		"one cluster":         func() (io.WriterTo, int64) { return image(noise(clusterSize)) },
		"a partial cluster":   func() (io.WriterTo, int64) { return image(noise(3*clusterSize + 5*sectorSize + 7)) },
		"all zeros":           func() (io.WriterTo, int64) { return image(make([]byte, 5*clusterSize)) },
		"a full table":        func() (io.WriterTo, int64) { return zeros(perTable * clusterSize) },
		"two tables":          func() (io.WriterTo, int64) { return zeros(perTable*clusterSize + 1) },
		"full refcounts":      func() (io.WriterTo, int64) { return zeros((perRefcounts - 8) * clusterSize) },
		"two refcount blocks": func() (io.WriterTo, int64) { return zeros((perRefcounts-8)*clusterSize + 1) },
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			qcow2, raw := filepath.Join(t.TempDir(), "disk.qcow2"), filepath.Join(t.TempDir(), "disk.raw")
			content, size := test()
			q := newQCOW2(t, content, size)
			save(t, qcow2, q.Size(), q)
			content, _ = test()
			save(t, raw, Capacity(size), content)
			for _, step := range []struct {
				args []string
				want string
			}{
				{[]string{"info", "-f", "qcow2", qcow2}, fmt.Sprintf("(%d bytes)\n", Capacity(size))},
				{[]string{"check", "-f", "qcow2", qcow2}, "No errors were found"},
				{[]string{"compare", "-f", "qcow2", "-F", "raw", qcow2, raw}, "Images are identical."},
			} {
				out, err := exec.Command(qemu, step.args...).CombinedOutput()
				if err != nil || !strings.Contains(string(out), step.want) {
					t.Fatalf("qemu-img %s: %v: %s", strings.Join(step.args, " "), err, out)
				}
			}
		})
	}
}

// TestQCOW2Size: the size that is said beforehand is the size of the file.
func TestQCOW2Size(t *testing.T) {
	for _, size := range []int64{1, clusterSize, clusterSize + 1, 3*clusterSize - 1} {
		var out bytes.Buffer
		q := newQCOW2(t, bytes.NewReader(noise(int(size))), size)
		n, err := q.WriteTo(&out)
		if err != nil || n != q.Size() || int64(out.Len()) != n {
			t.Errorf("%d bytes: wrote %d, returned %d, said %d, %v", size, out.Len(), n, q.Size(), err)
		}
		if got := out.Bytes()[q.Head():][:size]; !bytes.Equal(got, noise(int(size))) {
			t.Errorf("%d bytes: the image is not behind the head", size)
		}
	}
}

// TestQCOW2Golden pins the format's bytes: a change of them must be meant.
func TestQCOW2Golden(t *testing.T) {
	hash := sha256.New()
	if _, err := newQCOW2(t, bytes.NewReader(noise(100000)), 100000).WriteTo(hash); err != nil {
		t.Fatal(err)
	}
	const want = "5ca7df466af7ae881cf414fe3e05efb3c3adba32f3e02b8c7fb0409fd94c478e"
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		t.Errorf("the disk has sha256 %s, want %s", got, want)
	}
}

func TestQCOW2Refuses(t *testing.T) {
	for size, want := range map[int64]string{0: "must have from 1 byte", -1: "must have from 1 byte", 5 << 40: "to 4 TiB"} {
		if _, err := NewQCOW2(bytes.NewReader(nil), size); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: got %v", size, err)
		}
	}
	full := errors.New("no space left on device")
	tests := []struct {
		name string
		w    io.Writer
		size int64
		want string
	}{
		{"short", io.Discard, 1001, "it has 1000 bytes in place of 1001"},
		{"long", io.Discard, 999, "it has 1000 bytes in place of 999"},
		{"full disk", failing{full}, 1000, "no space left"},
	}
	for _, test := range tests {
		_, err := newQCOW2(t, bytes.NewReader(noise(1000)), test.size).WriteTo(test.w)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want an error with %q", test.name, err, test.want)
		}
	}
}
