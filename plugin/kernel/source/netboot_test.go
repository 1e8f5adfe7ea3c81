package source

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// codeSize is how much x86 code is in e1000.ko.
const codeSize = 500_000

// modloop makes a squashfs as Alpine's update-kernel does, of modules/RELEASE.
func modloop(t testing.TB, args ...string) string {
	t.Helper()
	tool := tooltest.Need(t, "mksquashfs")
	in := files()
	// What is compressed with BCJ must be x86 code to be changed by it.
	code, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	const e1000 = "lib/modules/" + release + "/kernel/drivers/net/e1000/e1000.ko"
	in[e1000] = slices.Concat(bytes.TrimSuffix(in[e1000], []byte(signature)), code[:min(len(code), codeSize)], []byte(signature))
	image := filepath.Join(t.TempDir(), "modloop-virt")
	args = append([]string{filepath.Join(write(t, in, "lib/modules"), "lib"), image, "-quiet", "-no-progress"}, args...)
	if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
		t.Fatalf("mksquashfs: %v: %s", err, out)
	}
	return image
}

func vmlinuz(t testing.TB) string {
	return put(t, filepath.Join(t.TempDir(), "vmlinuz-virt"), kerneltest.BzImage(release))
}

// TestModloop reads what mksquashfs writes, with each compression that kernels
// and Alpine use.
func TestModloop(t *testing.T) {
	for _, args := range [][]string{{"-comp", "xz", "-Xbcj", "x86"}, {"-comp", "gzip"}, {"-comp", "zstd"}} {
		t.Run(args[1], func(t *testing.T) {
			image := modloop(t, args...)
			k := wantKernel(t, nil, vmlinuz(t), image)
			code, err := os.ReadFile(os.Args[0])
			if err != nil || !bytes.Contains(k.Modules[2].Image, code[:min(len(code), codeSize)]) {
				t.Errorf("the code in e1000.ko is another: %v", err)
			}
			content, err := os.ReadFile(image)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(t.Context(), nil, put(t, filepath.Join(t.TempDir(), "cut"), content[:len(content)/2]))
			wantError(t, err, "cut: ")
		})
	}
}

func TestModloopWithoutModules(t *testing.T) {
	tool := tooltest.Need(t, "mksquashfs")
	image := filepath.Join(t.TempDir(), "other")
	if out, err := exec.Command(tool, write(t, files(), "etc"), image, "-quiet").CombinedOutput(); err != nil {
		t.Fatalf("mksquashfs: %v: %s", err, out)
	}
	_, err := Open(t.Context(), nil, image)
	wantError(t, err, "holds neither a kernel nor modules")
}

// gnuCpio makes an archive of the files below lib/modules, as mkinitfs does.
func gnuCpio(t testing.TB, format string) []byte {
	t.Helper()
	tool := tooltest.Need(t, "cpio")
	dir := write(t, files(), "lib/modules", "etc")
	if err := os.Symlink("passwd", filepath.Join(dir, "etc", "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(dir, "lib/modules", release, "kernel/drivers/net/e1000/e1000.ko"), filepath.Join(dir, "etc", "e1000.ko")); err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, _ fs.DirEntry, err error) error {
		list.WriteString(name + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(tool, "--quiet", "-o", "-H", format)
	command.Dir, command.Stdin = dir, strings.NewReader(list.String())
	archive, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// TestInitramfs reads what cpio writes, plain, compressed, and behind another
// archive, as those with microcode in front are.
func TestInitramfs(t *testing.T) {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	archive := gnuCpio(t, "newc")
	crc := archive
	if runtime.GOOS == "linux" { // elsewhere cpio is another, which has it not
		crc = gnuCpio(t, "crc")
	}
	microcode := slices.Concat([]byte("070701"), []byte(strings.Repeat("00000000", 11)), []byte("0000000b"), []byte("00000000"), []byte("TRAILER!!!\x00"))
	for name, content := range map[string][]byte{
		"plain": archive, "crc": crc, "gzip": apktest.Gzip(archive), "zstd": encoder.EncodeAll(archive, nil),
		"behind microcode": slices.Concat(microcode, make([]byte, 512-len(microcode)), apktest.Gzip(archive)),
		"one by one":       slices.Concat(microcode, make([]byte, 3), archive),
	} {
		t.Run(name, func(t *testing.T) {
			wantKernel(t, nil, vmlinuz(t), put(t, filepath.Join(t.TempDir(), "initramfs"), content))
		})
	}
}

// TestNetboot: of what two archives hold, the first counts.
func TestNetboot(t *testing.T) {
	initramfs := put(t, filepath.Join(t.TempDir(), "initramfs-virt"), apktest.Gzip(gnuCpio(t, "newc")))
	config := put(t, filepath.Join(t.TempDir(), "config-virt"), []byte("#\n# Automatically generated file; DO NOT EDIT.\n# Linux\nCONFIG_E1000=m\n"))
	k := wantKernel(t, nil, vmlinuz(t), modloop(t, "-comp", "gzip"), initramfs, config)
	if len(k.Modules[2].Image) < codeSize || k.Config["E1000"] != "m" {
		t.Errorf("e1000 has %d bytes, the configuration is %v", len(k.Modules[2].Image), k.Config)
	}
}

// newc is an entry of an archive. links and inode say which are one file.
func newc(name string, content []byte, links, inode int) []byte {
	const regular = 0o100644
	b := fmt.Appendf(nil, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		inode, regular, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(name)+1, 0, name)
	b = append(append(b, make([]byte, align4(len(b))-len(b))...), content...)
	return append(b, make([]byte, align4(len(b))-len(b))...)
}

// TestCpioNames: a file has its content by each of its names, wherever in the archive
// that is, and a name is looked up from the root, as the kernel does.
func TestCpioNames(t *testing.T) {
	const dir = "lib/modules/" + release + "/"
	archive := slices.Concat(
		newc("./"+dir+"first.ko", nil, 3, 7), newc("/"+dir+"second.ko", []byte("content"), 3, 7), newc(dir+"a/../third.ko", nil, 3, 7),
		newc("../../"+dir+"alone.ko", []byte("alone"), 1, 7), newc(dir+"empty.ko", nil, 2, 8),
		newc("etc/first", []byte("linked"), 2, 9), newc(dir+"outside.ko", nil, 2, 9), newc("TRAILER!!!", nil, 1, 0))
	tree, err := openCpio(archive)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, content := range tree {
		b, err := content()
		if err != nil {
			t.Fatal(err)
		}
		got[strings.TrimPrefix(name, dir)] = string(b)
	}
	want := map[string]string{
		"first.ko": "content", "second.ko": "content", "third.ko": "content", "alone.ko": "alone", "empty.ko": "", "outside.ko": "linked",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCpioRefuses(t *testing.T) {
	header := func(size, name string) string {
		return "070701" + strings.Repeat("00000000", 6) + size + strings.Repeat("00000000", 4) + name + "00000000"
	}
	for content, want := range map[string]string{
		header("ffffffff", "00000002") + "a\x00":                        "the cpio archive is cut off",
		header("00000000", "00000000"):                                  "the cpio archive is cut off",
		header("0000000x", "00000002"):                                  `no number but "0000000x"`,
		header("00000000", "00000002") + "a\x00":                        "the cpio archive has no end",
		header("00000000", "0000000b") + "TRAILER!!!\x00\x00\x00\x00hi": `behind an archive is something unknown, which begins with "hi"`,
	} {
		_, err := openCpio([]byte(content))
		wantError(t, err, want)
	}
	_, err := openCpio(apktest.Gzip([]byte("text")))
	wantError(t, err, "what is compressed is no cpio archive")
}

// FuzzOpen: whatever a file holds, it is a kernel, files of one, or an error.
func FuzzOpen(f *testing.F) {
	f.Add(apktest.Gzip([]byte("070701")))
	f.Add(newc("lib/modules/1/e1000.ko", []byte("x"), 2, 1))
	f.Add(slices.Concat(newc("lib/modules/1/e1000.ko", nil, 1, 1), newc("TRAILER!!!", nil, 1, 0)))
	f.Add([]byte("!<arch>\n"))
	f.Add([]byte("hsqs"))
	f.Add(kerneltest.BzImage(release))
	f.Add([]byte("#\n# Automatically generated file; DO NOT EDIT.\n"))
	var module bytes.Buffer
	z := zip.NewWriter(&module)
	w, err := z.Create("example.com/kernel@v1/vmlinuz")
	if err != nil {
		f.Fatal(err)
	}
	_, _ = w.Write(kerneltest.ARM64Image(release))
	_ = z.Close()
	f.Add(module.Bytes())
	path := filepath.Join(f.TempDir(), "input")
	f.Fuzz(func(t *testing.T, content []byte) {
		tree, err := Open(t.Context(), nil, put(t, path, content))
		for name, read := range tree {
			if b, failed := read(); err != nil || !kernel.InTree(name) || failed == nil && len(b) > maxFile {
				t.Errorf("%q: %d bytes, %v", name, len(b), err)
			}
		}
		if err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("which file? %v", err)
		}
		_, _ = tree.Kernel(kernel.Drivers{})
	})
}
