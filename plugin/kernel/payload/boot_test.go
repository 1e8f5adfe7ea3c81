package payload

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// commandLine has the kernel reboot at once when it panics, for want of an initramfs.
// It then says by how much it was moved (dump_kernel_offset).
const commandLine = "console=ttyS0 quiet panic=-1 cryptomgr.notests no_timer_check "

// repacked is a real kernel, packed anew.
func repacked(t *testing.T, name string, packing Packing) []byte {
	t.Helper()
	tooltest.Need(t, "qemu-system-x86_64")
	old, err := os.ReadFile(filepath.Join(vmtest.KernelDir(t, name), "vmlinuz"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Repack(old, packing)
	if err != nil {
		t.Fatal(err)
	}
	if (kernel.Kernel{Arch: "amd64", Image: old}).CheckEFI() != nil || (kernel.Kernel{Arch: "amd64", Image: b}).CheckEFI() == nil {
		t.Error("it must have been an EFI application, and be none any more")
	}
	return b
}

// machine is one that boots a kernel's image.
func machine(t *testing.T, image []byte) vm.Options {
	t.Helper()
	file := filepath.Join(t.TempDir(), "vmlinuz")
	if err := os.WriteFile(file, image, 0o644); err != nil {
		t.Fatal(err)
	}
	return vm.Options{Kernel: file, Append: commandLine}
}

// offset boots until the kernel panics, and returns what it says of its place.
func offset(t *testing.T, o vm.Options) string {
	t.Helper()
	v := vmtest.Boot(t, o)
	vmtest.WaitOff(t, v)
	found := regexp.MustCompile(`Kernel Offset: (\S+)`).FindStringSubmatch(v.Console())
	if found == nil {
		t.Fatal("the kernel does not say where it is")
	}
	return found[1]
}

// TestDebian: a kernel packed with xz, with relocations of the form until Linux 6.14.
func TestDebian(t *testing.T) {
	packed := repacked(t, "debian", LZ4)
	t.Run("at a random address", func(t *testing.T) {
		o := machine(t, packed)
		// QEMU hands it over as setup_data, behind the kernel: in the way, so left out.
		o.Extra = []string{"-dtb", o.Kernel}
		first := offset(t, o)
		o.Extra = nil
		if !regexp.MustCompile(`^0x[0-9a-f]*[02468ace]00000$`).MatchString(first) {
			t.Errorf("the kernel was moved by %s, want a multiple of 2 MiB", first)
		}
		for range 3 { // one of several hundred places
			if offset(t, o) != first {
				return
			}
		}
		t.Errorf("the kernel was moved by %s each time", first)
	})
	t.Run("little memory", func(t *testing.T) {
		o := machine(t, packed)
		o.MemoryMiB = 64
		vmtest.Expect(t, vmtest.Boot(t, o), "scratchmachine: there is not enough memory for this kernel: give the machine more")
	})
	t.Run("an initramfs in the way", func(t *testing.T) {
		o := machine(t, packed)
		o.MemoryMiB, o.Initrd = 100, filepath.Join(t.TempDir(), "initramfs")
		if err := os.WriteFile(o.Initrd, make([]byte, 32<<20), 0o644); err != nil {
			t.Fatal(err)
		}
		vmtest.Expect(t, vmtest.Boot(t, o), "scratchmachine: the boot loader put the initramfs where the kernel unpacks")
	})
	t.Run("damaged", func(t *testing.T) {
		damaged := bytes.Clone(packed)
		damaged[len(damaged)/2] ^= 1
		v := vmtest.Boot(t, machine(t, damaged))
		vmtest.Expect(t, v, "scratchmachine: the kernel is damaged: write the image again")
		if screen := strings.TrimSpace(vmtest.Screen(t, v)); screen != "scratchmachine: the kernel is damaged: write the image again" {
			t.Errorf("the screen shows %q", screen)
		}
	})
}

// TestGokrazy: a kernel packed with zstd, with relocations of the form since Linux
// 6.15, that starts in its midst, and is not to be moved.
func TestGokrazy(t *testing.T) {
	o := machine(t, repacked(t, "gokrazy", Stored))
	o.Append += "nokaslrs=1 nokaslr"
	if at := offset(t, o); at != "disabled" {
		t.Errorf("the kernel was moved by %s in spite of nokaslr", at)
	}
}
