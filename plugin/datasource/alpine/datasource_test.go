package alpine

import (
	"bytes"
	"debug/elf"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

const release = "6.18.54-0-virt"

// bench is a mirror and the options to use it.
type bench struct {
	mirror  apktest.Mirror
	key     apktest.Key
	loader  apktest.Package
	options map[string]any
}

func newBench(t testing.TB) *bench {
	t.Helper()
	key := apktest.NewKey("me@example.com-1.rsa.pub")
	dir := t.TempDir()
	public := filepath.Join(dir, key.Name)
	if err := os.WriteFile(public, key.Public(), 0o644); err != nil {
		t.Fatal(err)
	}
	module := func(name string, depends ...string) []byte {
		return kerneltest.Module{Name: name, Release: release, Depends: depends}.ELF()
	}
	linux := apktest.Kernel{
		Flavor: "virt", Version: "6.18.54-r0", Arch: "x86_64", Release: release,
		Image: kerneltest.BzImage(release), Config: []byte("CONFIG_E1000=m\n"),
		Modules: map[string][]byte{
			"kernel/drivers/net/e1000.ko": module("e1000"), "kernel/drivers/net/virtio_net.ko": module("virtio_net", "net_failover"),
			"kernel/net/net_failover.ko": module("net_failover"), "kernel/drivers/acpi/button.ko": module("button"),
			"kernel/drivers/gpu/amdgpu.ko": module("amdgpu"), "kernel/drivers/ata/ahci.ko": module("ahci"),
		},
		Lists: map[string][]byte{"modules.builtin": []byte("kernel/drivers/virtio/virtio_pci.ko\n")},
	}.Package()
	loader := apktest.Package{Name: "syslinux", Version: "6.04_pre1-r15", Arch: "x86_64"}
	for _, name := range []string{"isolinux.bin", "ldlinux.c32", "isohdpfx.bin", "menu.c32"} {
		loader.Files = append(loader.Files, apktest.File{Path: "usr/share/syslinux/" + name, Content: []byte(name)})
	}
	return &bench{
		key: key, loader: loader,
		mirror: apktest.Repository{Branch: "latest-stable", Arch: "x86_64", Key: key, Packages: []apktest.Package{linux, loader}}.Mirror(),
		options: map[string]any{
			"keys": []string{public}, "cache_dir": filepath.Join(dir, "cache"),
		},
	}
}

// serve starts the mirror and returns the count of its requests.
func (b *bench) serve(t testing.TB) *atomic.Int32 {
	t.Helper()
	count := new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		b.mirror.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	b.options["mirror"] = server.URL
	return count
}

func (b *bench) get(t testing.TB) (Output, error) {
	t.Helper()
	var d Datasource
	if err := d.Configure(b.options); err != nil {
		return Output{}, err
	}
	return d.config.get(t.Context())
}

func names(paths []string) string {
	var all []string
	for _, p := range paths {
		all = append(all, filepath.Base(p))
	}
	return strings.Join(all, " ")
}

func TestGet(t *testing.T) {
	b := newBench(t)
	count := b.serve(t)
	out, err := b.get(t)
	if err != nil {
		t.Fatal(err)
	}
	if want := "vmlinuz config-" + release + " net_failover.ko virtio_net.ko e1000.ko button.ko isolinux.bin ldlinux.c32 isohdpfx.bin"; names(out.Files) != want {
		t.Errorf("%s, want %s", names(out.Files), want)
	}
	if names(out.Modules) != "net_failover.ko virtio_net.ko e1000.ko button.ko" || out.Release != release || out.Version != "6.18.54-r0" {
		t.Errorf("%+v", out)
	}
	image, err := os.ReadFile(out.Kernel)
	if err != nil || !bytes.Equal(image, kerneltest.BzImage(release)) {
		t.Errorf("the kernel is another: %v", err)
	}
	if len(out.SHA256["vmlinuz"]) != 64 || len(out.Packages["linux-virt-6.18.54-r0"]) != 64 || len(out.Packages["syslinux-6.04_pre1-r15"]) != 64 {
		t.Errorf("%v, %v", out.SHA256, out.Packages)
	}
	if count.Load() != 3 {
		t.Errorf("%d requests, want the index and two packages", count.Load())
	}

	// The cache serves without a network, and mends what was changed in it.
	if err := os.WriteFile(out.Kernel, []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	b.options["offline"] = true
	again, err := b.get(t)
	if diff := cmp.Diff(out, again); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if image, _ := os.ReadFile(out.Kernel); !bytes.Equal(image, kerneltest.BzImage(release)) {
		t.Error("a damaged file was not mended")
	}
	if count.Load() != 3 {
		t.Errorf("%d requests, want none while offline", count.Load())
	}
}

func TestModules(t *testing.T) {
	b := newBench(t)
	b.serve(t)
	b.options["modules"] = []string{"amdgpu", "virtio-pci"}
	b.options["profile"] = "vmware"
	out, err := b.get(t)
	if err != nil || names(out.Modules) != "e1000.ko button.ko ahci.ko amdgpu.ko" {
		t.Errorf("%s, %v", names(out.Modules), err)
	}
	b.options["disk_drivers"] = false
	if out, err := b.get(t); err != nil || names(out.Modules) != "e1000.ko button.ko amdgpu.ko" {
		t.Errorf("%s, %v", names(out.Modules), err)
	}
	b.options["disk_drivers"] = true
	if out, err := b.get(t); err != nil || names(out.Modules) != "e1000.ko button.ko ahci.ko amdgpu.ko" {
		t.Errorf("%s, %v", names(out.Modules), err)
	}
	b.options["modules"] = []string{"nvidia"}
	if _, err := b.get(t); err == nil || !strings.Contains(err.Error(), "the package linux-virt-6.18.54-r0: the kernel 6.18.54-0-virt has no driver nvidia") {
		t.Errorf("%v", err)
	}
}

// TestParallel: builds at one time share the cache, and download once.
func TestParallel(t *testing.T) {
	b := newBench(t)
	b.serve(t)
	var group sync.WaitGroup
	outs := make([]Output, 4)
	for i := range outs {
		group.Go(func() {
			var err error
			if outs[i], err = b.get(t); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, out := range outs {
		if diff := cmp.Diff(outs[0], out); diff != "" {
			t.Error(diff)
		}
	}
	entries, err := filepath.Glob(filepath.Join(b.options["cache_dir"].(string), "sha256", "*"))
	if err != nil || len(entries) != 3 {
		t.Errorf("%q, %v: want the index and two packages", entries, err)
	}
}

// TestProgress: a download tells of itself in the log, not too often.
func TestProgress(t *testing.T) {
	var said bytes.Buffer
	log.SetOutput(&said)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	r := logProgress("linux-virt", 50, 1050, io.NopCloser(bytes.NewReader(make([]byte, 1000))))
	if _, err := io.Copy(io.Discard, iotest.OneByteReader(r)); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	if len(lines) != 11 || !strings.HasSuffix(lines[0], "linux-virt: 50 of 1050 bytes are there") || !strings.HasSuffix(lines[10], "1050 of 1050 bytes are there") {
		t.Errorf("it said %q", lines)
	}
}

// TestRefuses: nothing that is not verified is put into the cache's folder.
func TestRefuses(t *testing.T) {
	const folder = "latest-stable/main/x86_64/"
	tests := []struct {
		name   string
		change func(b *bench)
		want   string
	}{
		{"Alpine's keys", func(b *bench) { delete(b.options, "keys") }, "me@example.com-1.rsa.pub"},
		{"corrupt package", func(b *bench) {
			file := b.mirror[folder+"linux-virt-6.18.54-r0.apk"]
			file[len(file)-100] ^= 1
		}, "getting Alpine's kernel"},
		{"no such package", func(b *bench) { b.options["flavor"] = "lts" }, "has no package linux-lts"},
		{"no such version", func(b *bench) { b.options["version"] = "6.18.1-r0" }, "does not have linux-virt 6.18.1-r0 any more"},
		{"no such branch", func(b *bench) { b.options["branch"] = "v9.9" }, `there is no Alpine branch "v9.9"`},
		{"offline and nothing there", func(b *bench) { b.options["offline"] = true }, "offline"},
		{"no loader", func(b *bench) { delete(b.mirror, folder+"syslinux-6.04_pre1-r15.apk") }, "getting Alpine's boot loader"},
		{"no key", func(b *bench) { b.options["keys"] = []string{"/nowhere/x.rsa.pub"} }, "keys: /nowhere/x.rsa.pub"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.serve(t)
			test.change(b)
			if _, err := b.get(t); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			left, err := filepath.Glob(filepath.Join(b.options["cache_dir"].(string), "alpine", "*", "*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left %v, %v", left, err)
			}
		})
	}
}

// TestAarch64: the kernel is unpacked, and no boot loader is asked for.
func TestAarch64(t *testing.T) {
	b := newBench(t)
	image := kerneltest.ARM64Image(release)
	linux := apktest.Kernel{
		Flavor: "virt", Version: "6.18.54-r0", Arch: "aarch64", Release: release,
		Image: kerneltest.Zboot("gzip", apktest.Gzip(image)), Config: []byte("CONFIG_E1000=m\n"),
		Modules: map[string][]byte{
			"kernel/drivers/net/e1000.ko": kerneltest.Module{Name: "e1000", Release: release, Machine: elf.EM_AARCH64}.ELF(),
		},
	}
	b.mirror = apktest.Repository{Branch: "latest-stable", Arch: "aarch64", Key: b.key, Packages: []apktest.Package{linux.Package()}}.Mirror()
	b.serve(t)
	b.options["arch"] = "aarch64"
	out, err := b.get(t)
	if err != nil {
		t.Fatal(err)
	}
	if want := "vmlinuz config-" + release + " e1000.ko"; names(out.Files) != want || out.IsolinuxDir != "" {
		t.Errorf("%s, ISOLINUX in %q, want %s", names(out.Files), out.IsolinuxDir, want)
	}
	if kernel, err := os.ReadFile(out.Kernel); err != nil || !bytes.Equal(kernel, image) {
		t.Errorf("the kernel has %d bytes, want %d: %v", len(kernel), len(image), err)
	}
}

func TestConfigure(t *testing.T) {
	var d Datasource
	if err := d.Configure(map[string]any{}); err != nil {
		t.Fatal(err)
	}
	if c := d.config; c.Branch != "latest-stable" || c.Flavor != "virt" || c.Arch != "x86_64" || c.Mirror != defaultMirror || c.Profile != "virtualbox" {
		t.Errorf("%+v", c)
	}
	tests := map[string]map[string]any{
		`flavor must be virt or lts, not "hardened"`:  {"flavor": "hardened"},
		`arch must be x86_64 or aarch64, not "armv7"`: {"arch": "armv7"},
		`profile: there is no profile "xen"`:          {"profile": "xen"},
		`"a.pem" is not the name of a public key`:     {"keys": []string{"a.pem"}},
		`unknown configuration key: '"mirrors"'`:      {"mirrors": "x"},
	}
	for want, options := range tests {
		if err := d.Configure(options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", options, err, want)
		}
	}
}

// TestExecute returns what OutputSpec promises.
func TestExecute(t *testing.T) {
	b := newBench(t)
	b.serve(t)
	var d Datasource
	if err := d.Configure(b.options); err != nil {
		t.Fatal(err)
	}
	value, err := d.Execute()
	if err != nil {
		t.Fatal(err)
	}
	for name := range d.OutputSpec() {
		if v := value.GetAttr(name); v.IsNull() || !v.IsKnown() {
			t.Errorf("%s is %v", name, v)
		}
	}
	if got := value.GetAttr("files").LengthInt(); got != 9 {
		t.Errorf("%d files", got)
	}
}
