package source

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

const release = "6.18.54-0-virt"

// signature is what a signed module ends with (kernel: include/linux/module_signature.h).
const signature = "the signature~Module signature appended~\n"

func module(name string, depends ...string) []byte {
	return append(kerneltest.Module{Name: name, Release: release, Depends: depends}.ELF(), signature...)
}

// files are a kernel's, as they lie on an Alpine machine.
func files() map[string][]byte {
	const modules = "lib/modules/" + release + "/"
	return map[string][]byte{
		"boot/vmlinuz-virt":                             kerneltest.BzImage(release),
		"boot/config-" + release:                        []byte("CONFIG_E1000=m\n"),
		"boot/System.map-" + release:                    []byte("not looked at"),
		"etc/passwd":                                    []byte("not looked at"),
		modules + "modules.builtin":                     []byte("kernel/drivers/virtio/virtio_pci.ko\n"),
		modules + "modules.dep":                         []byte("kernel/net/virtio_net.ko: kernel/net/net_failover.ko\n"),
		modules + "kernel/drivers/net/e1000/e1000.ko":   module("e1000"),
		modules + "kernel/drivers/net/virtio_net.ko":    module("virtio_net", "net_failover"),
		modules + "kernel/drivers/net/net_failover.ko":  module("net_failover"),
		modules + "kernel/drivers/gpu/drm/amdgpu.ko.gz": apktest.Gzip(module("amdgpu")),
	}
}

// write puts files into a new folder, those whose paths begin so.
func write(t testing.TB, files map[string][]byte, prefixes ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		for _, prefix := range prefixes {
			if !strings.HasPrefix(name, prefix) {
				continue
			}
			put(t, filepath.Join(dir, filepath.FromSlash(name)), content)
		}
	}
	return dir
}

func put(t testing.TB, path string, content []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantKernel fails unless the paths hold the kernel of files.
func wantKernel(t *testing.T, keys apk.Keys, paths ...string) kernel.Kernel {
	t.Helper()
	tree, err := Open(t.Context(), keys, paths...)
	if err != nil {
		t.Fatal(err)
	}
	k, err := tree.Kernel(kernel.Drivers{Required: []string{"virtio_pci", "virtio_net", "e1000"}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range k.Modules {
		names = append(names, m.Name)
		if !bytes.HasSuffix(m.Image, []byte(signature)) {
			t.Errorf("the signature of %s is gone", m.Name)
		}
	}
	if diff := cmp.Diff("net_failover virtio_net e1000", strings.Join(names, " ")); diff != "" || k.Release != release {
		t.Errorf("release %s, modules %s", k.Release, diff)
	}
	if !k.Builtin["virtio_pci"] {
		t.Errorf("built in are %v", k.Builtin)
	}
	return k
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestFolder(t *testing.T) {
	dir := write(t, files(), "")
	if k := wantKernel(t, nil, dir); k.Config["E1000"] != "m" {
		t.Errorf("the configuration is %v", k.Config)
	}
	// As systems do that have merged /usr, and some that link the newest kernel.
	if err := os.Rename(filepath.Join(dir, "lib"), filepath.Join(dir, "usr")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "merged"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "usr"), filepath.Join(dir, "merged", "lib")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "merged"), filepath.Join(dir, "usr")); err != nil {
		t.Fatal(err)
	}
	_ = os.Symlink("usr/lib", filepath.Join(dir, "lib")) // Windows may not allow it, and wine says yes and does nothing
	if _, err := os.Stat(filepath.Join(dir, "lib")); err == nil {
		wantKernel(t, nil, dir)
		tooltest.Symlink(t, "vmlinuz-virt", filepath.Join(dir, "boot", "vmlinuz"))
		wantKernel(t, nil, dir)
		if err := os.Remove(filepath.Join(dir, "lib")); err != nil {
			t.Fatal(err)
		}
	}
	wantKernel(t, nil, dir)

	_, err := Open(t.Context(), nil, write(t, files(), "lib/"))
	wantError(t, err, "there is no boot/vmlinuz* in this folder")
	_, err = Open(t.Context(), nil, filepath.Join(dir, "nowhere"))
	wantError(t, err, "nowhere")
}

func TestApk(t *testing.T) {
	key := apktest.NewKey("me@example.com-1.rsa.pub")
	p := apktest.Package{Name: "linux-virt", Version: "6.18.54-r0", Arch: "x86_64"}
	for name, content := range files() {
		p.Files = append(p.Files, apktest.File{Path: name, Content: content})
	}
	path := put(t, filepath.Join(t.TempDir(), "linux-virt.apk"), p.Build(key))
	keys := apk.Keys{}
	if err := keys.Add(key.Name, key.Public()); err != nil {
		t.Fatal(err)
	}
	wantKernel(t, keys, path)
	_, err := Open(t.Context(), apk.Keys{}, path)
	wantError(t, err, "reading "+path+": it is signed with me@example.com-1.rsa.pub, which is not among the trusted keys")
	_, err = Open(t.Context(), keys, put(t, filepath.Join(t.TempDir(), "v3.apk"), []byte("ADBc....")))
	wantError(t, err, "apk v3 format")
}

// goModule is the zip file of a Go module with the files of a kernel in it.
func goModule(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, err := w.Create("example.com/kernel@v0.0.1/" + strings.TrimPrefix(name, "boot/"))
		if err == nil {
			_, err = f.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoModule(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), "kernel.zip"), goModule(t, files()))
	wantKernel(t, nil, path)

	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.Create("vmlinuz"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), nil, put(t, filepath.Join(t.TempDir(), "other.zip"), b.Bytes()))
	wantError(t, err, "it is not the zip file of a Go module: vmlinuz is not below PATH@VERSION/")
}

func TestOpenRefuses(t *testing.T) {
	for content, want := range map[string]string{
		"":               "reading x: this is neither a bzImage nor an arm64 Image but an empty file",
		"text":           "this is neither a bzImage nor an arm64 Image but something unknown",
		"PK\x03\x04":     "reading x: zip",
		"!<arch>\n":      "the package has no data.tar",
		"hsqs":           "reading x: ",
		"070701":         "the cpio archive is cut off",
		"\x1f\x8b\x08hi": "neither a bzImage nor an arm64 Image but gzip data",
	} {
		path := put(t, filepath.Join(t.TempDir(), "x"), []byte(content))
		_, err := Open(t.Context(), nil, path)
		wantError(t, err, strings.Replace(want, "x:", path+":", 1))
	}
	empty := write(t, map[string][]byte{"etc/passwd": nil}, "")
	_, err := Open(t.Context(), nil, empty)
	wantError(t, err, "there is no boot/vmlinuz*")
}

// TestFolderWithLoops: links are not followed, wherever they lead.
func TestFolderWithLoops(t *testing.T) {
	dir := write(t, files(), "")
	for from, to := range map[string]string{
		"boot/vmlinuz": "vmlinuz", "lib/modules/" + release + "/build": "..", "lib/modules/" + release + "/kernel/loop.ko": "loop.ko",
		"lib/modules/" + release + "/kernel/up": "../../../..", "usr": ".",
	} {
		tooltest.Symlink(t, to, filepath.Join(dir, from))
	}
	wantKernel(t, nil, dir)
	loop := t.TempDir()
	tooltest.Symlink(t, "boot", filepath.Join(loop, "boot"))
	_, err := Open(t.Context(), nil, loop)
	wantError(t, err, "there is no boot/vmlinuz* in this folder")
}
