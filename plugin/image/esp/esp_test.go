package esp

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// files are a loader's, of which the largest has the given size.
func files(size int) []File {
	return []File{
		{"/EFI/BOOT/BOOTX64.EFI", content.Bytes(bytes.Repeat([]byte("loader"), 1000))},
		{"/KERNEL", content.Bytes(bytes.Repeat([]byte("kernel!!"), size/8))},
		{"/INITRD.IMG", content.Bytes([]byte("initramfs"))},
	}
}

func bytesOf(t *testing.T, c content.Content) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := content.Copy(t.Context(), &out, c); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// save makes a partition and writes it to a file.
func save(t *testing.T, files []File) (Partition, string) {
	t.Helper()
	p, err := New(0x12345678, files)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "esp.img")
	if err := os.WriteFile(path, bytesOf(t, p), 0o644); err != nil {
		t.Fatal(err)
	}
	return p, path
}

// TestOthersReadIt: by every size of clusters, each a power of 2 that just holds
// the files or just does not, others find no fault and the files.
func TestOthersReadIt(t *testing.T) {
	for _, test := range []struct {
		size int
		want string // of fsck.fat
	}{
		{8, "2048 bytes per cluster"},
		{(max12 - 6) * 2048, "2048 bytes per cluster"},
		{(max12-6)*2048 + 8, "4096 bytes per cluster"},
		{30 << 20, "8192 bytes per cluster"},
		{66 << 20, "32768 bytes per cluster"},
		{140 << 20, "2 FATs, 16 bit entries"},
	} {
		t.Run(fmt.Sprint(test.size), func(t *testing.T) {
			all := files(test.size)
			p, path := save(t, all)
			if info, err := os.Stat(path); err != nil || info.Size() != p.Size() {
				t.Errorf("%d bytes, said to be %d: %v", info.Size(), p.Size(), err)
			}
			if out := tooltest.Run(t, "fsck.fat", "-n", "-v", path); !strings.Contains(out, test.want) || !strings.Contains(out, "5 files") {
				t.Errorf("there is no %q in:\n%s", test.want, out)
			}
			if out := tooltest.Run(t, "mdir", "-i", path, "::/EFI/BOOT"); !strings.Contains(out, "BOOTX64  EFI      6000 1980-01-01") ||
				!strings.Contains(out, "Volume Serial Number is 1234-5678") {
				t.Error(out)
			}
			for _, f := range all {
				got := filepath.Join(t.TempDir(), "out")
				tooltest.Run(t, "mcopy", "-i", path, "::"+f.Path, got)
				if copied, err := os.ReadFile(got); err != nil || !bytes.Equal(copied, bytesOf(t, f.Content)) {
					t.Errorf("%s came out with %d bytes: %v", f.Path, len(copied), err)
				}
			}
		})
	}
}

// TestPlaces: each file is at its offset, in one piece.
func TestPlaces(t *testing.T) {
	all := files(100000)
	p, path := save(t, all)
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		at := p.Offset(f.Path)
		if at == 0 || at%Align != 0 || !bytes.Equal(image[at:at+f.Content.Size()], bytesOf(t, f.Content)) {
			t.Errorf("%s is not at %d", f.Path, at)
		}
	}
	if again, _ := New(0x12345678, all); !bytes.Equal(bytesOf(t, again), image) {
		t.Error("two runs differ")
	}
}

// TestFullFolder: as many files as a folder has room for, and one more.
func TestFullFolder(t *testing.T) {
	for dir, room := range map[string]int{"/": 48, "/DIR": 62} {
		var all []File
		for i := range room {
			all = append(all, File{path.Join(dir, fmt.Sprintf("FILE%d", i)), content.Bytes([]byte("x"))})
		}
		_, image := save(t, all)
		tooltest.Run(t, "fsck.fat", "-n", image)
		_, err := New(0, append(all, File{path.Join(dir, "MORE"), content.Bytes([]byte("x"))}))
		if err == nil || !strings.Contains(err.Error(), "too many files in "+dir) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	large := content.Zeros(64 << 20)
	var many []File
	for i := range 32 {
		many = append(many, File{fmt.Sprintf("/FILE%d", i), large})
	}
	for name, test := range map[string]struct {
		files []File
		want  string
	}{
		"relative":          {[]File{{"KERNEL", content.Bytes([]byte("x"))}}, "not absolute and clean"},
		"root":              {[]File{{"/", content.Bytes([]byte("x"))}}, "not absolute and clean"},
		"empty":             {[]File{{"/KERNEL", nil}}, "/KERNEL: the file is empty"},
		"small letters":     {[]File{{"/kernel", content.Bytes([]byte("x"))}}, `the name "kernel" must have at most 8 capital`},
		"long":              {[]File{{"/INITRAMFS", content.Bytes([]byte("x"))}}, "at most 8 capital"},
		"long extension":    {[]File{{"/A.EFI2", content.Bytes([]byte("x"))}}, "and 3 behind"},
		"only an extension": {[]File{{"/.EFI", content.Bytes([]byte("x"))}}, "at most 8 capital"},
		"dot at the end":    {[]File{{"/A.", content.Bytes([]byte("x"))}}, "and 3 behind"},
		"bad folder":        {[]File{{"/boot/A", content.Bytes([]byte("x"))}}, `the name "boot" must`},
		"twice":             {[]File{{"/A", content.Bytes([]byte("x"))}, {"/A", content.Bytes([]byte("x"))}}, "there is a A already"},
		"file as folder":    {[]File{{"/A", content.Bytes([]byte("x"))}, {"/A/B", content.Bytes([]byte("x"))}}, "there is a A already"},
		"too large":         {many, "larger than the 2047 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(0, test.files); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
