package e2e

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// buildDirect makes a machine without a boot loader, and returns how to boot it.
func buildDirect(t *testing.T, kernelDir string) vm.Options {
	t.Helper()
	p := newPacker(t)
	p.build(t, "-var", "kernel_dir="+kernelDir, template(t, "direct.pkr.hcl"))
	return vm.Options{
		Kernel: filepath.Join(p.dir, "output", "scratchmachine.vmlinuz"),
		Initrd: filepath.Join(p.dir, "output", "scratchmachine.initramfs"),
	}
}

func TestDirect(t *testing.T) {
	o := buildDirect(t, vmtest.KernelDir(t, "gokrazy"))
	o.Append = image.DefaultCommandLine
	if body := vmtest.Get(t, vmtest.Boot(t, o), "/"); body != greeting {
		t.Errorf("got %q", body)
	}
}

// TestArm64: a kernel that is packed for UEFI, as Alpine's is, is unpacked, and
// boots without one.
func TestArm64(t *testing.T) {
	kernel, err := os.ReadFile(filepath.Join(vmtest.KernelDir(t, "gokrazy_arm64"), "vmlinuz"))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = z.Write(kernel)
	_ = z.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "vmlinuz"), kerneltest.Zboot("gzip", packed.Bytes()), 0o644); err != nil {
		t.Fatal(err)
	}

	o := buildDirect(t, dir)
	if out, err := os.ReadFile(o.Kernel); err != nil || !bytes.Equal(out, kernel) {
		t.Errorf("the kernel has %d bytes, want the %d that were packed: %v", len(out), len(kernel), err)
	}
	o.Arch, o.MemoryMiB, o.Append = "arm64", 128, image.DefaultCommandLineARM64
	v := vmtest.Boot(t, o)
	if body := vmtest.Get(t, v, "/"); body != greeting {
		t.Errorf("got %q", body)
	}
	vmtest.Expect(t, v, "Hello World!")
	vmtest.Monitor(t, v, "system_powerdown") // without ACPI, a key
	vmtest.WaitOff(t, v)
	if !strings.Contains(v.Console(), "machine: power button: powering off") {
		t.Error("it did not end in order")
	}
}
