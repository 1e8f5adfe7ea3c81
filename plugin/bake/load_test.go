package bake

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/dirhash"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// bootFiles are a kernel's files by path, as a package has them.
func bootFiles() map[string][]byte {
	module := func(name string, depends ...string) []byte {
		return kerneltest.Module{Name: name, Release: release, Depends: depends}.ELF()
	}
	const modules = "lib/modules/" + release + "/"
	return map[string][]byte{
		"boot/vmlinuz-virt": kerneltest.BzImage(release), "boot/config-" + release: []byte(fit),
		modules + "kernel/e1000.ko": module("e1000"), modules + "kernel/virtio_net.ko": module("virtio_net", "failover"),
		modules + "kernel/failover.ko": module("failover"), modules + "kernel/vsock.ko": module("vsock"),
		modules + "kernel/ahci.ko": module("ahci"), modules + "kernel/softdog.ko": module("softdog", "watchdog"),
		modules + "kernel/watchdog.ko": module("watchdog"),
		modules + "modules.builtin":    []byte("kernel/button.ko\n"),
	}
}

// apk makes a package, signed with a key that the options name.
func (b *bench) apk(t *testing.T) []byte {
	t.Helper()
	key := apktest.NewKey("me@example.com-1.rsa.pub")
	b.options["keys"] = []string{b.put(t, key.Name, key.Public())}
	p := apktest.Package{Name: "linux-virt", Version: "6.12.94-r0", Arch: "x86_64"}
	for name, content := range bootFiles() {
		p.Files = append(p.Files, apktest.File{Path: name, Content: content})
	}
	return p.Build(key)
}

// folder is as the root of a machine.
func (b *bench) folder(t *testing.T) string {
	t.Helper()
	for name, content := range bootFiles() {
		path := filepath.Join(b.dir, "root", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		b.put(t, filepath.Join("root", filepath.FromSlash(name)), content)
	}
	return filepath.Join(b.dir, "root")
}

// modulesInitramfs is one with modules in it, made by hand.
func modulesInitramfs() []byte {
	var b bytes.Buffer
	entry := func(name string, content []byte) {
		mode := 0o100644
		fmt.Fprintf(&b, "070701%08x%08x%s%08x%s%08x%08x%s\x00", 1, mode, strings.Repeat("00000000", 4), len(content),
			strings.Repeat("00000000", 4), len(name)+1, 0, name)
		b.Write(make([]byte, -b.Len()&3))
		b.Write(content)
		b.Write(make([]byte, -b.Len()&3))
	}
	for name, content := range bootFiles() {
		if strings.HasPrefix(name, "lib/") {
			entry(name, content)
		}
	}
	entry("TRAILER!!!", nil)
	return apktest.Gzip(b.Bytes())
}

// goModule is the zip file of a Go module, and its checksum.
func (b *bench) goModule(t *testing.T) (path, sum string) {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range bootFiles() {
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
	path = b.put(t, "kernel.zip", out.Bytes())
	sum, err := dirhash.HashZip(path, dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	return path, sum
}

// load does what a bake does until it has the kernel.
func (b *bench) load(t *testing.T) (kernel.Kernel, error) {
	t.Helper()
	o, err := decode(t, b.options)
	if err != nil {
		return kernel.Kernel{}, err
	}
	_, k, err := o.kernel(t.Context(), &said{}, b.files)
	return k, err
}

func moduleNames(k kernel.Kernel) string {
	var names []string
	for _, m := range k.Modules {
		names = append(names, m.Name)
	}
	return strings.Join(names, " ")
}

// TestKernelWithModules: each of what has a kernel with its modules in it, by
// option and among the artifact's files.
func TestKernelWithModules(t *testing.T) {
	tests := map[string]func(t *testing.T, b *bench){
		"folder":          func(t *testing.T, b *bench) { b.options["kernel"] = b.folder(t) },
		"apk":             func(t *testing.T, b *bench) { b.options["kernel"] = b.put(t, "linux.apk", b.apk(t)) },
		"apk as artifact": func(t *testing.T, b *bench) { b.files = []string{b.put(t, "linux.apk", b.apk(t))} },
		"module":          func(t *testing.T, b *bench) { b.options["kernel"], b.options["kernel_checksum"] = b.goModule(t) },
		"module as artifact": func(t *testing.T, b *bench) {
			path, _ := b.goModule(t)
			b.files = []string{path}
		},
		"netboot": func(t *testing.T, b *bench) {
			b.options["modules"] = []string{b.put(t, "initramfs-virt", modulesInitramfs())}
			b.files = b.files[:1]
		},
		"netboot as artifact": func(t *testing.T, b *bench) {
			b.files = append(b.files[:1], b.put(t, "initramfs-virt", modulesInitramfs()), b.put(t, "config-virt", []byte(fit)))
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.options["drivers"], b.options["disk_drivers"] = []string{"vsock"}, true
			b.options["watchdog"] = map[string]any{"timeout": 20}
			change(t, b)
			k, err := b.load(t)
			if got := moduleNames(k); err != nil || got != "failover virtio_net e1000 ahci watchdog softdog vsock" || k.Release != release {
				t.Errorf("release %q, modules %q, %v", k.Release, got, err)
			}
			if has, known := k.Has("virtio_net"); !has || !known || !k.Builtin["button"] {
				t.Errorf("it has %v, known %v, built in are %v", has, known, k.Builtin)
			}
		})
	}
}

// TestKernelURL downloads once, with a checksum or a signature.
func TestKernelURL(t *testing.T) {
	b := newBench(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("LocalAppData", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	path, sum := b.goModule(t)
	module, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	requests := 0
	served := map[string][]byte{"/k.zip": module, "/linux-virt-6.12.94-r0.apk": b.apk(t)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		_, _ = w.Write(served[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	for i, name := range []string{"/k.zip", "/linux-virt-6.12.94-r0.apk"} {
		delete(b.options, "kernel_checksum")
		if i == 0 {
			b.options["kernel_checksum"] = sum
		}
		b.options["kernel"] = server.URL + name
		for range 2 {
			if k, err := b.load(t); err != nil || !strings.HasPrefix(moduleNames(k), "failover virtio_net e1000") {
				t.Errorf("%s: modules %q, %v", name, moduleNames(k), err)
			}
		}
	}
	if requests != 2 {
		t.Errorf("%d requests, want one for each file", requests)
	}
	b.options["kernel"], b.options["kernel_checksum"] = server.URL+"/other.zip", sum
	served["/other.zip"] = module[:len(module)-1]
	if _, err := b.load(t); err == nil || !strings.Contains(err.Error(), "other.zip") {
		t.Errorf("another file was taken: %v", err)
	}
}

func TestKernelRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, b *bench)
		want   string
	}{
		{"no trusted key", func(t *testing.T, b *bench) {
			b.options["kernel"] = b.put(t, "linux.apk", b.apk(t))
			delete(b.options, "keys")
		}, "signed with me@example.com-1.rsa.pub, which is not among the trusted keys"},
		{"another checksum", func(t *testing.T, b *bench) {
			b.options["kernel"], _ = b.goModule(t)
			b.options["kernel_checksum"] = "h1:H9m4mwDqTyQG0AKVviBQp09T3OrY1X3tHNyrJCbqJfY="
		}, "is not the file that is wanted"},
		{"another digest", func(t *testing.T, b *bench) {
			b.options["kernel"], b.options["kernel_checksum"] = b.files[0], "sha256:"+strings.Repeat("0", 64)
		}, "is not the file that is wanted: it has sha256:"},
		{"no checksum", func(_ *testing.T, b *bench) { b.options["kernel_checksum"] = "md5:1" }, "kernel_checksum needs kernel"},
		{"a checksum of an unknown kind", func(_ *testing.T, b *bench) {
			b.options["kernel"], b.options["kernel_checksum"] = b.files[0], "md5:1"
		}, `kernel_checksum: "md5:1" is not a checksum`},
		{"a URL without a checksum", func(_ *testing.T, b *bench) { b.options["kernel"] = "https://example.com/vmlinuz" }, "needs a kernel_checksum"},
		{"no such profile", func(_ *testing.T, b *bench) { b.options["profile"] = "xen" }, `profile: there is no profile "xen"`},
		{"no such driver", func(t *testing.T, b *bench) {
			b.options["kernel"], b.options["drivers"] = b.folder(t), []string{"nvidia"}
		}, "has no driver nvidia, neither as a module nor built in"},
		{"modules besides a package", func(t *testing.T, b *bench) {
			b.options["kernel"], b.options["modules"] = b.folder(t), []string{b.files[1]}
		}, "has its own: name what is wanted of them with the option drivers"},
		{"modules besides archives", func(t *testing.T, b *bench) {
			b.options["modules"] = []string{b.files[1], b.put(t, "initramfs", modulesInitramfs())}
		}, "names both .ko files and archives"},
		{"neither a module nor an archive", func(_ *testing.T, b *bench) { b.options["modules"] = []string{b.files[0]} }, "is neither a .ko file nor an archive"},
		{"drivers without anything to take them from", func(_ *testing.T, b *bench) { b.options["drivers"] = []string{"vsock"} }, "drivers, disk_drivers: there is nothing to take them from"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			test.change(t, b)
			if _, err := b.load(t); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
