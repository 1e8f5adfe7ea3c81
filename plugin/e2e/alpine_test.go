package e2e

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
)

// alpine is a mirror of Alpine's with Debian's real kernel, which boots, and
// the real ISOLINUX, packed and signed as Alpine does it.
type alpine struct {
	mirror apktest.Mirror
	key    string // the file with the public key
}

func newAlpine(t *testing.T) alpine {
	t.Helper()
	read := func(parts ...string) []byte {
		content, err := os.ReadFile(filepath.Join(parts...))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	dir := vmtest.KernelDir(t, "debian")
	release := strings.TrimPrefix(filepath.Base(dir), "debian-")
	linux := apktest.Kernel{
		Flavor: "virt", Version: "6.1.0-r56", Arch: "x86_64", Release: release,
		Image: read(dir, "vmlinuz"), Config: read(dir, "config-"+release),
		Modules: map[string][]byte{
			"kernel/drivers/net/ethernet/intel/e1000/e1000.ko": read(dir, "e1000.ko"),
			"kernel/drivers/acpi/button.ko":                    read(dir, "button.ko"),
		},
	}
	syslinux := apktest.Package{Name: "syslinux", Version: "6.04_pre1-r15", Arch: "x86_64", Files: []apktest.File{
		{Path: "usr/share/syslinux/isolinux.bin", Content: read("/usr/lib/ISOLINUX/isolinux.bin")},
		{Path: "usr/share/syslinux/isohdpfx.bin", Content: read("/usr/lib/ISOLINUX/isohdpfx.bin")},
		{Path: "usr/share/syslinux/ldlinux.c32", Content: read("/usr/lib/syslinux/modules/bios/ldlinux.c32")},
	}}
	key := apktest.NewKey("test@example.com-1.rsa.pub")
	a := alpine{
		mirror: apktest.Repository{Branch: "v3.24", Arch: "x86_64", Key: key,
			Packages: []apktest.Package{linux.Package(), syslinux}}.Mirror(),
		key: filepath.Join(t.TempDir(), key.Name),
	}
	if err := os.WriteFile(a.key, key.Public(), 0o644); err != nil {
		t.Fatal(err)
	}
	return a
}

// arguments are those by which packer uses the mirror.
func (a alpine) arguments(t *testing.T, url string) []string {
	t.Helper()
	keys, err := json.Marshal([]string{a.key})
	if err != nil {
		t.Fatal(err)
	}
	return []string{"-var", "branch=v3.24", "-var", "mirror=" + url, "-var", "keys=" + string(keys), template(t, "alpine.pkr.hcl")}
}

// TestAlpine builds from a mirror over HTTP and boots the ISO.
func TestAlpine(t *testing.T) {
	a := newAlpine(t)
	server := httptest.NewServer(a.mirror)
	t.Cleanup(server.Close)
	p := newPacker(t)
	p.env = append(p.env, "XDG_CACHE_HOME="+t.TempDir())
	if out, err := p.run(t, append([]string{"validate"}, a.arguments(t, server.URL)...)...); err != nil {
		t.Fatalf("packer validate: %v\n%s", err, out)
	}
	said := p.build(t, a.arguments(t, server.URL)...)
	for _, want := range []string{"Module e1000", "Module button"} {
		if !strings.Contains(said, want) {
			t.Errorf("packer did not say %q:\n%s", want, said)
		}
	}
	v := vmtest.Boot(t, vm.Options{CDROM: filepath.Join(p.dir, "output", "scratchmachine.iso")})
	if got := vmtest.Get(t, v, "/"); got != greeting {
		t.Errorf("the machine says %q", got)
	}
}

// TestAlpineRefused: what is not signed by a trusted key is not built from.
func TestAlpineRefused(t *testing.T) {
	a := newAlpine(t)
	server := httptest.NewServer(a.mirror)
	t.Cleanup(server.Close)
	p := newPacker(t)
	p.env = append(p.env, "XDG_CACHE_HOME="+t.TempDir())
	out, err := p.run(t, "build", "-var", "branch=v3.24", "-var", "mirror="+server.URL, template(t, "alpine.pkr.hcl"))
	if err == nil || !strings.Contains(out, "test@example.com-1.rsa.pub") || p.outputs(t) != "" {
		t.Errorf("packer ended with %v, left %q:\n%s", err, p.outputs(t), out)
	}
}
