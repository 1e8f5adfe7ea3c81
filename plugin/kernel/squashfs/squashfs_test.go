package squashfs

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// tree has files that end in the middle of blocks and at their ends, holes, and
// a folder that is larger than a metadata block.
func tree() map[string][]byte {
	random := rand.New(rand.NewSource(1))
	noise := func(n int) []byte {
		b := make([]byte, n)
		random.Read(b)
		return b
	}
	files := map[string][]byte{
		"empty": {}, "byte": {1}, "block": noise(4096), "more": noise(4097), "large": noise(300_000),
		"text": bytes.Repeat([]byte("some text\n"), 50_000), "deep/a/b/c/file": []byte("x"),
		"holes": slices.Concat(noise(8192), make([]byte, 1<<20), noise(100)),
	}
	for i := range 700 {
		files[fmt.Sprintf("many/%s-%d", strings.Repeat("name", 10), i)] = []byte(fmt.Sprint(i))
	}
	return files
}

// makeImage makes an image with the files in it, a link and a pipe.
func makeImage(t testing.TB, files map[string][]byte, args ...string) []byte {
	t.Helper()
	tool := tooltest.Need(t, "mksquashfs")
	dir, image := t.TempDir(), filepath.Join(t.TempDir(), "image")
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("byte", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	args = append([]string{dir, image, "-quiet", "-no-progress", "-all-time", "0", "-all-root"}, args...)
	if out, err := exec.Command(tool, append(args, "-p", "null c 666 0 0 1 3")...).CombinedOutput(); err != nil {
		t.Fatalf("mksquashfs: %v: %s", err, out)
	}
	content, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// readAll returns the content of every file.
func readAll(image []byte) (map[string][]byte, error) {
	files, err := Files(image)
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if all[name], err = files[name](); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// TestFiles reads what mksquashfs writes, in all the ways that it can.
func TestFiles(t *testing.T) {
	want := tree()
	for _, args := range []string{
		"-comp xz -Xbcj x86", "-comp gzip -b 4K", "-comp zstd -b 1M", "-comp gzip -noI -noD -noF",
		"-comp gzip -no-fragments", "-comp gzip -always-use-fragments -b 4K", "-comp gzip -no-exports -no-xattrs -no-sparse",
	} {
		got, err := readAll(makeImage(t, want, strings.Fields(args)...))
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		got["empty"] = append([]byte{}, got["empty"]...) // nil is as empty
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("%s: %s", args, diff)
		}
		for name, content := range want {
			if !bytes.Equal(content, got[name]) {
				t.Errorf("%s: %s has %d bytes that differ from the %d that it should have", args, name, len(got[name]), len(content))
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	small := map[string][]byte{"modules/1/e1000.ko": bytes.Repeat([]byte("a module"), 1000), "byte": {1}}
	good := makeImage(t, small, "-comp", "gzip", "-noI")
	change := func(offset int, value ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[offset:], value)
		return b
	}
	inodes := int(binary.LittleEndian.Uint64(good[offInodeTable:]))
	tests := map[string]struct {
		image []byte
		want  string
	}{
		"nothing":                 {nil, "this is no squashfs"},
		"only its beginning":      {good[:superblockSize-1], "this is no squashfs"},
		"cut off":                 {good[:superblockSize], "cut off or damaged"},
		"version 3":               {change(offMajor, 3, 0), "of version 3, which is not read"},
		"blocks of 0":             {change(offBlockSize, 0, 0, 0, 0), "its blocks have 0 bytes"},
		"blocks of 2 GiB":         {change(offBlockSize, 0, 0, 0, 128), "its blocks have 2147483648 bytes"},
		"lz4":                     {change(offCompression, 5, 0), "compressed in the way number 5"},
		"a root that is nowhere":  {change(offRoot, 0, 0, 255, 255, 255), "cut off or damaged"},
		"a table that is nowhere": {change(offDirTable, 255, 255, 255, 255, 255, 255, 255, 127), "damaged"},
		"an unknown inode":        {change(inodes+metadataHeaderSize, bytes.Repeat([]byte{0xee}, 400)...), "damaged"},
		"other compression":       {change(offCompression, 4, 0), "damaged"},
	}
	for name, test := range tests {
		if _, err := readAll(test.image); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
	if _, err := readAll(good); err != nil {
		t.Errorf("what was not changed: %v", err)
	}
}

func FuzzFiles(f *testing.F) {
	f.Add([]byte(magic))
	if _, err := exec.LookPath("mksquashfs"); err == nil {
		small := map[string][]byte{"modules/1/e1000.ko": []byte("x"), "modules/1/modules.dep": bytes.Repeat([]byte("e1000.ko:\n"), 1000)}
		f.Add(makeImage(f, small, "-comp", "gzip", "-noI", "-nopad"))
		f.Add(makeImage(f, small, "-comp", "xz", "-nopad"))
	}
	f.Fuzz(func(t *testing.T, image []byte) {
		all, err := readAll(image)
		for name, content := range all {
			if err != nil || len(content) > maxFile || strings.HasPrefix(name, "/") || strings.Contains("/"+name+"/", "/../") {
				t.Errorf("%q with %d bytes, %v", name, len(content), err)
			}
		}
	})
}
