package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// matrixEnv, set to 1 as scripts/test --matrix does, has TestMatrix and TestFormats
// boot every combination in place of a few.
const matrixEnv = "SCRATCHMACHINE_MATRIX"

// matrixKernelEnv names a kernel with its modules, as the option kernel takes it,
// for the network cards that gokrazy's kernel has no driver for.
const matrixKernelEnv = "SCRATCHMACHINE_MATRIX_KERNEL"

// combination is hardware to boot on.
type combination struct{ firmware, drive, card string }

// drives are a PC's, as options of QEMU's machines.
func drives(image string) map[string]vm.Options {
	return map[string]vm.Options{
		"CD": {CDROM: image}, "IDE": {Disk: image}, "AHCI": {Disk: image, Bus: "ahci"}, "virtio-blk": {Disk: image, Bus: "virtio"},
		"virtio-scsi": {Disk: image, Bus: "scsi"}, "NVMe": {Disk: image, Bus: "nvme"}, "USB": {Disk: image, Bus: "usb"},
	}
}

// combinations are all of them, or a diagonal that has the rarest of each.
func combinations() []combination {
	if os.Getenv(matrixEnv) != "1" {
		return []combination{{"BIOS", "virtio-scsi", "virtio-net-pci"}, {"BIOS", "NVMe", "e1000e"}, {"UEFI", "virtio-scsi", "e1000"}}
	}
	cards := []string{"e1000", "e1000e", "virtio-net-pci"}
	if os.Getenv(matrixKernelEnv) != "" {
		cards = append(cards, "vmxnet3")
	}
	var all []combination
	for _, firmware := range []string{"BIOS", "UEFI"} {
		for _, drive := range []string{"CD", "IDE", "AHCI", "virtio-blk", "virtio-scsi", "NVMe", "USB"} {
			for _, card := range cards {
				all = append(all, combination{firmware, drive, card})
			}
		}
	}
	return all
}

// matrixMachine builds a machine with the given outputs and returns their folder.
func matrixMachine(t *testing.T, options string) string {
	t.Helper()
	p := newPacker(t)
	files := []string{filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz")}
	if kernel := os.Getenv(matrixKernelEnv); kernel != "" {
		options += fmt.Sprintf("kernel = %q\nprofile = \"all\"\n", kernel)
		files = []string{"machine.pkr.hcl"} // artifice wants one; a template is none of a machine's parts
	}
	p.build(t, p.writeTemplate(t, files, options))
	return filepath.Join(p.dir, "output")
}

// TestMatrix boots one image by firmware, drive and network card.
func TestMatrix(t *testing.T) {
	iso := filepath.Join(matrixMachine(t, "output_iso = \"output/m.iso\"\n"), "m.iso")
	for _, c := range combinations() {
		t.Run(fmt.Sprintf("%s, %s, %s", c.firmware, c.drive, c.card), func(t *testing.T) {
			o := drives(iso)[c.drive]
			o.NIC, o.MemoryMiB = c.card, 256
			if c.firmware == "UEFI" {
				o.Firmware = uefi(t, "amd64")
			}
			if body := vmtest.Get(t, vmtest.Boot(t, o), "/"); body != greeting {
				t.Errorf("got %q", body)
			}
		})
	}
}

// TestMatrixArm64 boots one image on what boards have: VirtualBox's arm64 machine is
// a disk on virtio-scsi and a virtio card.
func TestMatrixArm64(t *testing.T) {
	firmware := uefi(t, "arm64")
	p := newPacker(t)
	p.build(t, p.writeTemplate(t, []string{filepath.Join(vmtest.KernelDir(t, "gokrazy_arm64"), "vmlinuz")}, "output_iso = \"m.iso\"\n"))
	names := []string{"virtio-scsi"}
	if os.Getenv(matrixEnv) == "1" {
		names = append(names, "virtio-blk", "NVMe", "CD")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			o := drives(filepath.Join(p.dir, "m.iso"))[name]
			if name == "CD" {
				o.Bus = "scsi" // the board has no IDE
			}
			o.Arch, o.Firmware, o.NIC, o.MemoryMiB = "arm64", firmware, "virtio-net-pci", 512
			if body := vmtest.Get(t, vmtest.Boot(t, o), "/"); body != greeting {
				t.Errorf("got %q", body)
			}
		})
	}
}

// TestFormats makes every format of disk in one bake, and boots them on what their
// hypervisors give them.
func TestFormats(t *testing.T) {
	dir := matrixMachine(t, `output_disk = "output/disk.{{ .Format }}"
disk_format = ["raw", "qcow2", "vmdk", "vmdk-stream", "vhd", "vhdx", "vdi"]
`)
	for _, f := range []struct {
		name, qemu, drive, card string
		always                  bool
	}{
		{"vhdx", "vhdx", "virtio-scsi", "virtio-net-pci", true},
		{"vmdk", "vmdk", "AHCI", "e1000e", true},
		{"vhd", "vpc", "IDE", "e1000", false},
		{"vdi", "vdi", "AHCI", "virtio-net-pci", false},
		{"qcow2", "qcow2", "virtio-blk", "virtio-net-pci", false},
		{"raw", "raw", "NVMe", "virtio-net-pci", false},
		{"vmdk-stream", "vmdk", "AHCI", "e1000", false},
	} {
		if !f.always && os.Getenv(matrixEnv) != "1" {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			o := drives(filepath.Join(dir, "disk."+f.name))[f.drive]
			o.Format, o.NIC, o.MemoryMiB = f.qemu, f.card, 256
			if body := vmtest.Get(t, vmtest.Boot(t, o), "/"); body != greeting {
				t.Errorf("got %q", body)
			}
		})
	}
}
