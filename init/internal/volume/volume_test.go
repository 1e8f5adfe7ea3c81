package volume

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/tooltest"
)

// tool runs an independent program.
func tool(t testing.TB, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(tooltest.Need(t, name), args...)
	cmd.Env = append(os.Environ(), "MTOOLS_SKIP_CHECK=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// seed makes the files of a seed disk. One of them needs many clusters.
func seed(t testing.TB) (dir string, files map[string]string) {
	t.Helper()
	dir = t.TempDir()
	files = map[string]string{
		"meta-data": "instance-id: x\n", "user-data": "#cloud-config\n" + strings.Repeat("# padding\n", 3000), "network-config": "",
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir, files
}

// image makes a file of a size, and runs a program that fills it.
func image(t testing.TB, size int64, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	for i, arg := range args {
		if arg == "IMAGE" {
			args[i] = path
		}
	}
	tool(t, args[0], args[1:]...)
	return path
}

func fatImage(t testing.TB, bits, size string, dir string) string {
	t.Helper()
	bytes := map[string]int64{"small": 1 << 20, "medium": 40 << 20, "large": 80 << 20}[size]
	path := image(t, bytes, "mkfs.fat", "-F", bits, "-n", "CIDATA", "IMAGE")
	for _, name := range []string{"meta-data", "user-data", "network-config"} {
		tool(t, "mcopy", "-i", path, filepath.Join(dir, name), "::"+name)
	}
	return path
}

// TestFiles reads images that independent programs wrote.
func TestFiles(t *testing.T) {
	dir, files := seed(t)
	iso := func(flags ...string) func(t *testing.T) string {
		return func(t *testing.T) string {
			args := append([]string{flags[0]}, flags[1:]...)
			return image(t, 0, append(args, "-V", "cidata", "-o", "IMAGE", dir)...)
		}
	}
	fat := func(bits, size string) func(t *testing.T) string {
		return func(t *testing.T) string { return fatImage(t, bits, size, dir) }
	}
	tests := []struct {
		name string
		make func(t *testing.T) string
		want Volume
	}{
		{"genisoimage, Joliet", iso("genisoimage", "-quiet", "-J"), Volume{ISO9660, "cidata"}},
		{"genisoimage, Rock Ridge", iso("genisoimage", "-quiet", "-R"), Volume{ISO9660, "cidata"}},
		{"genisoimage, both", iso("genisoimage", "-quiet", "-J", "-R"), Volume{ISO9660, "cidata"}},
		{"xorriso, both", iso("xorriso", "-as", "mkisofs", "-quiet", "-J", "-R"), Volume{ISO9660, "cidata"}},
		{"FAT12", fat("12", "small"), Volume{VFAT, "CIDATA"}},
		{"FAT16", fat("16", "medium"), Volume{VFAT, "CIDATA"}},
		{"FAT32", fat("32", "large"), Volume{VFAT, "CIDATA"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			disk, err := os.Open(test.make(t))
			if err != nil {
				t.Fatal(err)
			}
			defer disk.Close()
			if got := Identify(disk); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
			got, err := ReadFiles(disk, test.want.Type, "user-data", "network-config", "vendor-data", "META-DATA")
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 3 || string(got["user-data"]) != files["user-data"] || string(got["META-DATA"]) != files["meta-data"] || len(got["network-config"]) != 0 {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestIdentify(t *testing.T) {
	tests := []struct {
		name string
		disk func(t *testing.T) string
		want Volume
	}{
		{"blank", func(t *testing.T) string { return image(t, 1<<20, "true") }, Volume{}},
		{"too small", func(t *testing.T) string { return image(t, 100, "true") }, Volume{}},
		{"ext4", func(t *testing.T) string {
			return image(t, 8<<20, "mkfs.ext4", "-q", "-L", "scratch-data", "IMAGE")
		}, Volume{Ext4, "scratch-data"}},
		{"ext2 without a label", func(t *testing.T) string { return image(t, 1<<20, "mkfs.ext2", "-q", "IMAGE") }, Volume{Ext4, ""}},
		{"partitions", func(t *testing.T) string {
			return image(t, 1<<20, "sh", "-c", `printf '\125\252' | dd of="$0" bs=1 seek=510 conv=notrunc status=none`, "IMAGE")
		}, Volume{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			disk, err := os.Open(test.disk(t))
			if err != nil {
				t.Fatal(err)
			}
			defer disk.Close()
			if got := Identify(disk); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// FuzzReadFiles: reads stay within their bounds, whatever a disk holds.
func FuzzReadFiles(f *testing.F) {
	dir, _ := seed(f)
	for _, path := range []string{
		image(f, 0, "genisoimage", "-quiet", "-J", "-R", "-V", "cidata", "-o", "IMAGE", dir), fatImage(f, "12", "small", dir),
	} {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content[:min(len(content), 64<<10)])
	}
	f.Fuzz(func(_ *testing.T, content []byte) {
		disk := bytes.NewReader(content)
		Identify(disk)
		for _, kind := range []string{ISO9660, VFAT} {
			_, _ = ReadFiles(disk, kind, "user-data", "meta-data")
		}
	})
}

// TestBlank: a disk is not blank if there is a single byte in any place where marks
// are.
func TestBlank(t *testing.T) {
	const large = 1 << 30
	marks := []int64{0, 446, 510, 512, 1080, 4086, 32769, 65600, 1 << 20, 4 << 20, edge - 1, edge, large - edge, large - 65536, large - 512, large - 1}
	for _, size := range []int64{17 << 20, whole, large} {
		if err := Blank(sparse{size: size}, size); err != nil {
			t.Errorf("%d bytes of zeros: %v", size, err)
		}
		for _, at := range marks {
			if at < size && Blank(sparse{size: size, at: at, set: true}, size) == nil {
				t.Errorf("a disk of %d bytes with something at %d is taken for blank", size, at)
			}
		}
	}
	if Blank(sparse{size: 1 << 20}, 2<<20) == nil {
		t.Error("a disk that cannot be read is taken for blank")
	}
}

// sparse is a disk of zeros. If set is true, it has another byte at the offset at.
type sparse struct {
	size, at int64
	set      bool
}

func (s sparse) ReadAt(b []byte, from int64) (int, error) {
	n := int(max(0, min(int64(len(b)), s.size-from)))
	clear(b)
	if s.set && s.at >= from && s.at < from+int64(n) {
		b[s.at-from] = 1
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func TestConditionOf(t *testing.T) {
	change := func(kind string, at int64, value byte) string {
		path := image(t, 8<<20, "mkfs.ext4", "-q", "IMAGE")
		if kind == VFAT {
			path = image(t, 80<<20, "mkfs.fat", "-F", "32", "IMAGE")
		}
		disk, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer disk.Close()
		old := make([]byte, 1)
		_, _ = disk.ReadAt(old, at)
		if _, err := disk.WriteAt([]byte{old[0] | value}, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		kind string
		at   int64
		set  byte
		want Condition
	}{
		{Ext4, 1024 + 58, 0, Condition{}},
		{Ext4, 1024 + 58, 2, Condition{Faulty: true}},
		{Ext4, 1024 + 96, 4, Condition{Unclean: true}},
		{VFAT, 65, 0, Condition{}},
		{VFAT, 65, 1, Condition{Unclean: true}},
	}
	for _, test := range tests {
		disk, err := os.Open(change(test.kind, test.at, test.set))
		if err != nil {
			t.Fatal(err)
		}
		if got := ConditionOf(disk, test.kind); got != test.want {
			t.Errorf("%v: %v", test, got)
		}
		_ = disk.Close()
	}
}
