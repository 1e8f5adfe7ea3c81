package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// buildKernel builds an ISO image with the given options for the kernel, and
// returns its bytes, its path, and what packer said.
func buildKernel(t *testing.T, options string) ([]byte, string, string) {
	t.Helper()
	p := newPacker(t)
	text := `
source "null" "machine" {
  communicator = "none"
}

build {
  sources = ["source.null.machine"]
  post-processor "scratchmachine" {
    output_iso = "m.iso"
` + options + `
  }
}
`
	if err := os.WriteFile(filepath.Join(p.dir, "machine.pkr.hcl"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	said := p.build(t, "machine.pkr.hcl")
	iso := filepath.Join(p.dir, "m.iso")
	content, err := os.ReadFile(iso)
	if err != nil {
		t.Fatal(err)
	}
	return content, iso, said
}

// debianRoot lays Debian's kernel out as a machine has it, with more of its modules.
func debianRoot(t *testing.T, more ...string) (root, release string) {
	t.Helper()
	from := vmtest.KernelDir(t, "debian")
	root, release = t.TempDir(), strings.TrimPrefix(filepath.Base(from), "debian-")
	files := map[string]string{
		"vmlinuz": "boot/vmlinuz-" + release, "config-" + release: "boot/config-" + release,
		"e1000.ko":  "lib/modules/" + release + "/kernel/drivers/net/ethernet/intel/e1000/e1000.ko",
		"button.ko": "lib/modules/" + release + "/kernel/drivers/acpi/button.ko",
	}
	for _, name := range more {
		files["more/"+name+".ko"] = "lib/modules/" + release + "/kernel/" + name + ".ko"
	}
	for name, to := range files {
		content, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, filepath.FromSlash(to))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root, release
}

// TestKernelSources: the same kernel from a folder, a .deb and an Alpine-like
// netboot pair makes the same image, which boots.
func TestKernelSources(t *testing.T) {
	root, release := debianRoot(t)
	folder, _, said := buildKernel(t, fmt.Sprintf("kernel = %q", root))
	if !strings.Contains(said, "Module e1000") || !strings.Contains(said, "Module button") {
		t.Errorf("packer said:\n%s", said)
	}

	modloop := filepath.Join(t.TempDir(), "modloop")
	tooltest.Run(t, "mksquashfs", filepath.Join(root, "lib"), modloop, "-quiet", "-no-progress", "-comp", "xz", "-Xbcj", "x86")
	netboot, iso, _ := buildKernel(t, fmt.Sprintf("kernel = %q\nkernel_config = %q\nmodules = [%q]",
		filepath.Join(root, "boot", "vmlinuz-"+release), filepath.Join(root, "boot", "config-"+release), modloop))
	if !bytes.Equal(folder, netboot) {
		t.Error("the image from a netboot pair differs from that of a folder")
	}

	control := "Package: linux-image\nVersion: 1\nArchitecture: amd64\nMaintainer: x <x@example.com>\nDescription: x\n"
	if err := os.Mkdir(filepath.Join(root, "DEBIAN"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "DEBIAN", "control"), []byte(control), 0o644); err != nil {
		t.Fatal(err)
	}
	deb := filepath.Join(t.TempDir(), "linux.deb")
	tooltest.Run(t, "dpkg-deb", "-z1", "-Zxz", "--build", root, deb)
	packaged, _, _ := buildKernel(t, fmt.Sprintf("kernel = %q", deb))
	if !bytes.Equal(folder, packaged) {
		t.Error("the image from a .deb differs from that of a folder")
	}

	v := vmtest.Boot(t, vm.Options{CDROM: iso})
	if got := vmtest.Get(t, v, "/"); got != greeting {
		t.Errorf("the machine says %q", got)
	}
}

// TestGoModule: gokrazy's kernel as the module proxy serves it, by the sum that
// go.sum has of it.
func TestGoModule(t *testing.T) {
	list, err := os.ReadFile(filepath.Join("..", "..", "scripts", "kernel"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(list), `gokrazy_amd64="`)
	pinned, _, _ := strings.Cut(rest, `"`)
	fields := strings.Fields(pinned)
	if len(fields) != 3 {
		t.Fatalf("scripts/kernel pins %q, want a module, its version and its sum", pinned)
	}
	command := exec.Command(tooltest.Need(t, "go"), "mod", "download", "-json", fields[0]+"@"+fields[1])
	command.Dir = t.TempDir()
	out, err := command.Output()
	var module struct{ Zip, Sum string }
	if err != nil || json.Unmarshal(out, &module) != nil {
		tooltest.Missing(t, "cannot download gokrazy's kernel: %v: %s", err, out)
	}
	zipped, _, said := buildKernel(t, fmt.Sprintf("kernel = %q\nkernel_checksum = %q", module.Zip, fields[2]))
	if !strings.Contains(said, "No modules: the drivers are those built into the kernel") {
		t.Errorf("packer said:\n%s", said)
	}
	plain, _, _ := buildKernel(t, fmt.Sprintf("kernel = %q", filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz")))
	if !bytes.Equal(zipped, plain) {
		t.Error("the image from a Go module differs from that of the kernel in it")
	}
}
