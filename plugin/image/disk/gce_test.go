package disk

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

func writeGCE(t *testing.T, image []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WriteGCE(t.Context(), &out, content.Bytes(image)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestReadersOfGCE has the real tar programs and Go's own reader read the disk.
func TestReadersOfGCE(t *testing.T) {
	for name, image := range map[string][]byte{"less than a sector": []byte("hello"), "some": noise(100*sectorSize + 7)} {
		archive := writeGCE(t, image)
		t.Run(name, func(t *testing.T) {
			z, err := gzip.NewReader(bytes.NewReader(archive))
			if err != nil {
				t.Fatal(err)
			}
			r := tar.NewReader(z)
			h, err := r.Next()
			if err != nil || h.Name != gceName || h.Size != gceUnit || h.Format != tar.FormatGNU || h.ModTime.Unix() != 0 || h.Uid != 0 {
				t.Fatalf("%+v, %v", h, err)
			}
			checkDisk(t, r, image)
			if _, err := r.Next(); err != io.EOF {
				t.Errorf("behind the disk: %v", err)
			}
		})
		for _, program := range []string{"tar", "bsdtar"} {
			t.Run(name+" by "+program, func(t *testing.T) {
				file := filepath.Join(t.TempDir(), "image.tar.gz")
				if err := os.WriteFile(file, archive, 0o644); err != nil {
					t.Fatal(err)
				}
				out := tooltest.Run(t, program, "-tvzf", file)
				if !strings.Contains(out, "1073741824") || !strings.Contains(out, gceName) || strings.Count(out, "\n") != 1 {
					t.Errorf("it lists %s", out)
				}
				tooltest.Run(t, program, "-xzf", file, "-C", filepath.Dir(file))
				disk, err := os.Open(filepath.Join(filepath.Dir(file), gceName))
				if err != nil {
					t.Fatal(err)
				}
				defer disk.Close()
				checkDisk(t, disk, image)
			})
		}
	}
}

// checkDisk wants the image and zeros up to a GiB.
func checkDisk(t *testing.T, r io.Reader, image []byte) {
	t.Helper()
	got := make([]byte, len(image))
	if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, image) {
		t.Fatalf("the disk does not begin with the image: %v", err)
	}
	size, chunk := int64(len(image)), make([]byte, 1<<20)
	for {
		n, err := r.Read(chunk)
		if n > 0 && !isZero(chunk[:n]) {
			t.Fatalf("the disk has something behind the image")
		}
		size += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if size != gceUnit {
		t.Errorf("the disk has %d bytes", size)
	}
}

// TestGCEGolden pins the format's bytes: a change of them must be meant.
func TestGCEGolden(t *testing.T) {
	sum := sha256.Sum256(writeGCE(t, sparse(3*grainSize, grainSize)))
	const want = "4e3ce3e79c1b5770731b8189d9921179176d2f3ea60f9d437bd4241b66862990"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("the image has sha256 %s, want %s", got, want)
	}
}

func TestGCERefuses(t *testing.T) {
	for _, size := range []int64{0, 8 << 30} {
		err := WriteGCE(t.Context(), io.Discard, content.Zeros(size))
		if err == nil || !strings.Contains(err.Error(), "must have from 1 byte to 7 GiB") {
			t.Errorf("%d bytes: got %v", size, err)
		}
	}
	if err := WriteGCE(t.Context(), io.Discard, broken{content.Zeros(signed), 10}); err == nil || !strings.Contains(err.Error(), "bad disk") {
		t.Errorf("got %v", err)
	}
}
