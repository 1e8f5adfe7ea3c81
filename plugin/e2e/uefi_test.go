package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// uefi is the firmware that scripts/test installs: EDK2's for QEMU, with the
// variables in memory.
func uefi(t *testing.T, arch string) string {
	t.Helper()
	path := "/usr/share/ovmf/OVMF.fd"
	if arch == "arm64" {
		path = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
	}
	if _, err := os.Stat(path); err != nil {
		tooltest.Missing(t, "there is no UEFI firmware: %v", err)
	}
	return path
}

// TestUEFI boots by UEFI firmware the images that BIOS boots elsewhere.
func TestUEFI(t *testing.T) {
	firmware, iso := uefi(t, "amd64"), buildWith(t, "isolinux", "gokrazy", "")
	t.Run("CD on AHCI", func(t *testing.T) {
		v := vmtest.Boot(t, vm.Options{CDROM: iso, Bus: "ahci", Firmware: firmware, MemoryMiB: 256})
		if body := vmtest.Get(t, v, "/"); body != greeting {
			t.Errorf("got %q", body)
		}
		vmtest.Monitor(t, v, "system_powerdown")
		vmtest.WaitOff(t, v)
	})
	t.Run("too little memory", func(t *testing.T) {
		v := vmtest.Boot(t, vm.Options{Disk: iso, Bus: "virtio", Firmware: firmware, MemoryMiB: 112})
		vmtest.Expect(t, v, "scratchmachine: the kernel did not start: does the machine have enough memory?")
	})
}

// TestUEFIDebian: a module, and a command line as long as can be, from the box.
func TestUEFIDebian(t *testing.T) {
	line := longestLine()
	iso := buildWith(t, "direct", "debian", fmt.Sprintf("command_line = %q\npackage = %q\n", line, testdata(t, "plain")))
	disk := filepath.Join(unpackBox(t, strings.TrimSuffix(iso, ".iso")+".box"), "box-disk001.vmdk")
	v := vmtest.Boot(t, vm.Options{Disk: disk, Format: "vmdk", Bus: "ahci", Firmware: uefi(t, "amd64"), MemoryMiB: 256})
	if got := strings.TrimSpace(vmtest.Get(t, v, "/cmdline")); got != line {
		t.Errorf("the kernel's command line is\n%s\nwant\n%s", got, line)
	}
}

// TestUEFIArm64: an ISO image for arm64, whose EFI boot image is larger than a boot
// entry can tell.
func TestUEFIArm64(t *testing.T) {
	firmware, p := uefi(t, "arm64"), newPacker(t)
	kernel := filepath.Join(vmtest.KernelDir(t, "gokrazy_arm64"), "vmlinuz")
	p.build(t, p.writeTemplate(t, []string{kernel}, `output_iso = "m.iso"`))
	v := vmtest.Boot(t, vm.Options{
		Arch: "arm64", CDROM: filepath.Join(p.dir, "m.iso"), Bus: "usb", Firmware: firmware, MemoryMiB: 256,
	})
	if body := vmtest.Get(t, v, "/"); body != greeting {
		t.Errorf("got %q", body)
	}
}
