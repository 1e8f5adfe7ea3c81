package iso

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

func machine() Image {
	return Image{
		VolumeID: "SCRATCHMACHINE",
		Files: []File{
			{Path: "/isolinux/isolinux.bin", Content: content.Bytes(bytes.Repeat([]byte("loader "), 1000))},
			{Path: "/isolinux/isolinux.cfg", Content: content.Bytes([]byte("DEFAULT linux\n"))},
			{Path: "/isolinux/ldlinux.c32", Content: content.Bytes(bytes.Repeat([]byte("c32"), 5000))},
			{Path: "/boot/vmlinuz", Content: content.Bytes(bytes.Repeat([]byte("kernel"), 100000))},
			{Path: "/boot/initramfs.gz", Content: content.Bytes(bytes.Repeat([]byte("initramfs"), 30000))},
			{Path: "/empty", Content: nil},
			{Path: "/a-b.Txt", Content: content.Bytes([]byte("mixed case and a dash"))},
			{Path: "/_under", Content: content.Bytes([]byte("sorts differently in the two trees"))},
			{Path: "/Upper", Content: content.Bytes([]byte("as this does"))},
		},
		Boot: []Boot{{Platform: BIOS, Path: "/isolinux/isolinux.bin", LoadSectors: 4, InfoTable: true}},
		SystemArea: func(l *Layout) ([]byte, error) {
			return bytes.Repeat([]byte{0xfa}, 512), nil
		},
	}
}

// many has more files than one sector of records holds, in several folders.
func many() Image {
	img := Image{VolumeID: "MANY", Boot: []Boot{{Platform: BIOS, Path: "/" + strings.Repeat("a", 30)}}}
	for _, dir := range []string{"/", "/one", "/one/two", "/three"} {
		for c := 'a'; c <= 'z'; c++ {
			img.Files = append(img.Files, File{Path: path.Join(dir, strings.Repeat(string(c), 30)), Content: content.Bytes([]byte(dir))})
		}
	}
	return img
}

func write(t *testing.T, img Image) []byte {
	t.Helper()
	l, err := img.Layout()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := content.Copy(t.Context(), &out, l); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// contentOf are a file's bytes.
func contentOf(t *testing.T, f File) []byte {
	t.Helper()
	var out bytes.Buffer
	if f.Content != nil {
		if err := content.Copy(t.Context(), &out, f.Content); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func save(t *testing.T, img Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.iso")
	if err := os.WriteFile(path, write(t, img), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestGolden pins the format's bytes: a change of them must be meant.
func TestGolden(t *testing.T) {
	sum := sha256.Sum256(write(t, machine()))
	const want = "e3d5728565d9f590ae0a3a49c762ab09a7ffd6f33ef36f7f92ef15009f0c3683"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("the image has sha256 %s, want %s", got, want)
	}
}

func TestTwoRunsAreTheSame(t *testing.T) {
	if !bytes.Equal(write(t, machine()), write(t, machine())) {
		t.Error("they differ")
	}
}

// TestPlaces checks what no reader of files looks at: where the boot record is,
// and that the files lie in a row.
func TestPlaces(t *testing.T) {
	l, err := machine().Layout()
	if err != nil {
		t.Fatal(err)
	}
	image := write(t, machine())
	if got := string(image[17*SectorSize : 17*SectorSize+30]); got != "\x00CD001\x01EL TORITO SPECIFICATION" {
		t.Errorf("sector 17 starts with %q", got)
	}
	var next uint32
	for _, f := range machine().Files {
		lba, size, ok := l.Extent(f.Path)
		if !ok || size != f.size() || next != 0 && lba != next {
			t.Errorf("%s is at %d with %d bytes, expected at %d", f.Path, lba, size, next)
		}
		next = lba + uint32((size+SectorSize-1)/SectorSize)
		if f.Path == "/isolinux/isolinux.bin" {
			continue // holds the table
		}
		at := int64(lba) * SectorSize
		if !bytes.Equal(image[at:at+size], contentOf(t, f)) {
			t.Errorf("%s is not at its place", f.Path)
		}
	}
	if int64(next)*SectorSize != l.Size() {
		t.Errorf("the image ends at %d, its last file at %d", l.Size(), next*SectorSize)
	}
	if _, _, ok := l.Extent("/nothing"); ok {
		t.Error("a file that does not exist has a place")
	}
}

func TestXorrisoFindsTheBootImage(t *testing.T) {
	path := save(t, machine())
	report := tooltest.Run(t, "xorriso", "-indev", path, "-report_el_torito", "plain")
	for _, want := range []string{
		"El Torito catalog  : ",
		"BIOS  y   none  0x0000  0x00      4 ",
		"El Torito img path :   1  /isolinux/isolinux.bin",
		"El Torito img opts :   1  boot-info-table",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("there is no %q in:\n%s", want, report)
		}
	}
	efi := machine()
	efi.Files = append(efi.Files, File{Path: "/efi.img", Content: content.Zeros(1 << 20)})
	efi.Boot = append(efi.Boot, Boot{Platform: EFI, Path: "/efi.img"})
	report = tooltest.Run(t, "xorriso", "-indev", save(t, efi), "-report_el_torito", "plain")
	for _, want := range []string{"BIOS  y   none", "UEFI  y   none  0x0000  0x00   2048 ", "  /efi.img"} {
		if !strings.Contains(report, want) {
			t.Errorf("there is no %q in:\n%s", want, report)
		}
	}
}

func TestIsoinfo(t *testing.T) {
	path := save(t, machine())
	if out := tooltest.Run(t, "isoinfo", "-d", "-i", path); !strings.Contains(out, "Joliet with UCS level 3 found") ||
		!strings.Contains(out, "Rock Ridge signatures version 1 found") {
		t.Error(out)
	}
	for view, want := range map[string][]string{
		"":   {"/BOOT/INITRAMFS.GZ;1", "/BOOT/VMLINUZ.;1", "/ISOLINUX/LDLINUX.C32;1", "/A-B.TXT;1"},
		"-J": {"/boot/initramfs.gz", "/boot/vmlinuz", "/isolinux/ldlinux.c32", "/a-b.Txt", "/Upper"},
		"-R": {"/boot/initramfs.gz", "/boot/vmlinuz", "/isolinux/ldlinux.c32", "/a-b.Txt", "/Upper"},
	} {
		args := []string{"-f", "-i", path}
		if view != "" {
			args = append(args, view)
		}
		out := tooltest.Run(t, "isoinfo", args...)
		for _, name := range want {
			if !strings.Contains(out, name) {
				t.Errorf("isoinfo %s lists no %s:\n%s", view, name, out)
			}
		}
	}
	if out := tooltest.Run(t, "isovfy", path); !strings.Contains(out, "No errors found") {
		t.Error(out)
	}
}

// TestOthersExtractIt holds every file against what other readers make of it.
func TestOthersExtractIt(t *testing.T) {
	for name, img := range map[string]Image{"machine": machine(), "many": many()} {
		path := save(t, img)
		for reader, extract := range map[string]func(dir string) []string{
			"bsdtar":  func(dir string) []string { return []string{"-xf", path, "-C", dir} },
			"7z":      func(dir string) []string { return []string{"x", "-y", "-o" + dir, path} },
			"xorriso": func(dir string) []string { return []string{"-osirrox", "on", "-indev", path, "-extract", "/", dir} },
		} {
			t.Run(name+" by "+reader, func(t *testing.T) {
				dir := t.TempDir()
				tooltest.Run(t, reader, extract(dir)...)
				t.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", dir).Run() })
				for _, f := range img.Files {
					if strings.HasSuffix(f.Path, "isolinux.bin") {
						continue
					}
					got, err := os.ReadFile(filepath.Join(dir, f.Path))
					if err != nil {
						t.Error(err)
					} else if diff := cmp.Diff(f.size(), int64(len(got))); diff != "" || !bytes.Equal(contentOf(t, f), got) {
						t.Errorf("%s came out differently: %s", f.Path, diff)
					}
				}
			})
		}
	}
}

func TestRender(t *testing.T) {
	img := machine()
	img.Files[1].Render = func(l *Layout) ([]byte, error) {
		lba, _, _ := l.Extent("/boot/vmlinuz")
		return []byte(strings.Repeat(string(rune('0'+lba%10)), int(img.Files[1].size()))), nil
	}
	image := write(t, img)
	l, err := img.Layout()
	if err != nil {
		t.Fatal(err)
	}
	lba, size, _ := l.Extent("/isolinux/isolinux.cfg")
	kernel, _, _ := l.Extent("/boot/vmlinuz")
	if got := image[int64(lba)*SectorSize : int64(lba)*SectorSize+size]; got[0] != byte('0'+kernel%10) {
		t.Errorf("the file has %q", got)
	}
}

// TestWithin: a file of pieces, of which others are parts, is in the image once.
func TestWithin(t *testing.T) {
	img := machine()
	plain := write(t, img)
	inner := bytes.Repeat([]byte("inner"), 700)
	img.Files = append(img.Files,
		File{Path: "/outer", Content: content.Concat(content.Zeros(SectorSize), content.Bytes(inner), content.Zeros(50))},
		File{Path: "/boot/inner", Content: content.Bytes(inner), Within: "/outer", Offset: SectorSize})
	path := save(t, img)
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if grown := len(image) - len(plain); grown != 3*SectorSize {
		t.Errorf("the image grew by %d bytes", grown)
	}
	if out := tooltest.Run(t, "isovfy", path); !strings.Contains(out, "No errors found") {
		t.Error(out)
	}
	dir := t.TempDir()
	tooltest.Run(t, "bsdtar", "-xf", path, "-C", dir)
	for name, want := range map[string][]byte{
		"outer": slices.Concat(make([]byte, SectorSize), inner, make([]byte, 50)), "boot/inner": inner,
	} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s came out with %d bytes: %v", name, len(got), err)
		}
	}
}

func TestRefuses(t *testing.T) {
	change := func(f func(*Image)) Image {
		img := machine()
		f(&img)
		return img
	}
	add := func(path string) Image {
		return change(func(img *Image) { img.Files = append(img.Files, File{Path: path}) })
	}
	within := func(outer string, offset, size int64) Image {
		return change(func(img *Image) {
			img.Files = append(img.Files, File{Path: "/part", Content: content.Zeros(size), Within: outer, Offset: offset})
		})
	}
	failing := func(*Layout) ([]byte, error) { return nil, errors.New("cannot make it") }
	tests := []struct {
		name string
		img  Image
		want string
	}{
		{"volume id", change(func(img *Image) { img.VolumeID = "small" }), `"small" must have 1 to 16 capital letters`},
		{"relative", add("boot/x"), `"boot/x" is not absolute`},
		{"long name", add("/" + strings.Repeat("x", 31)), "at most 30 letters"},
		{"bad character", add("/sp ace"), `"sp ace" must have`},
		{"same name", add("/boot/vmlinuz"), "/boot/vmlinuz: the name is the same as that of vmlinuz"},
		{"same but for case", add("/boot/VMLINUZ"), "the name is the same as that of vmlinuz"},
		{"file as folder", add("/empty/x"), "the name is the same as that of empty"},
		{"nothing to boot", change(func(img *Image) { img.Boot = nil }), "no boot entry"},
		{"no boot image", change(func(img *Image) { img.Boot[0].Path = "/none" }), "the boot image /none is not among"},
		{"part of nothing", within("/none", 0, 1), "/part cannot be 1 bytes of /none, from 0 on"},
		{"part of a later one", within("/part", 0, 1), "/part cannot be 1 bytes of /part"},
		{"part beyond the end", within("/isolinux/ldlinux.c32", 14336, 665), "cannot be 665 bytes of /isolinux/ldlinux.c32, from 14336 on"},
		{"part before the start", within("/isolinux/ldlinux.c32", -2048, 1), "from -2048 on"},
		{"part between sectors", within("/isolinux/ldlinux.c32", 512, 1), "begins at 512 in /isolinux/ldlinux.c32, which is no multiple of 2048"},
		{"two for BIOS", change(func(img *Image) { img.Boot = append(img.Boot, img.Boot[0]) }), "two boot entries"},
		{"tiny boot image", change(func(img *Image) { img.Files[0].Content = content.Bytes([]byte("x")) }), "too few for a boot information table"},
		{"large system area", change(func(img *Image) {
			img.SystemArea = func(*Layout) ([]byte, error) { return make([]byte, 40000), nil }
		}), "there is room for 32768"},
		{"failing system area", change(func(img *Image) { img.SystemArea = failing }), "cannot make it"},
		{"failing file", change(func(img *Image) { img.Files[1].Render = failing }), "making /isolinux/isolinux.cfg: cannot make it"},
		{"other length", change(func(img *Image) {
			img.Files[1].Render = func(*Layout) ([]byte, error) { return nil, nil }
		}), "was to have 14 bytes and has 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.img.Layout()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// TestReportsWhatCannotBeRead: a file that shrinks is an error, not other bytes.
func TestReportsWhatCannotBeRead(t *testing.T) {
	img := machine()
	img.Files[3].Content = shrunk{img.Files[3].Content}
	l, err := img.Layout()
	if err != nil {
		t.Fatal(err)
	}
	err = content.Copy(t.Context(), io.Discard, l)
	if err == nil || !strings.Contains(err.Error(), "reading what is in the image: it ends after 100 of 600000 bytes") {
		t.Errorf("got %v", err)
	}
}

// shrunk is content of which only the first 100 bytes are left.
type shrunk struct{ content.Content }

func (s shrunk) ReadAt(p []byte, offset int64) (int, error) {
	return io.NewSectionReader(s.Content, 0, 100).ReadAt(p, offset)
}

func BenchmarkCopy(b *testing.B) {
	img := machine()
	img.Files[3].Content = content.Zeros(8 << 20)
	b.SetBytes(8 << 20)
	for b.Loop() {
		l, err := img.Layout()
		if err != nil {
			b.Fatal(err)
		}
		if err := content.Copy(b.Context(), io.Discard, l); err != nil {
			b.Fatal(err)
		}
	}
}
