package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// buildWith makes a machine by a boot loader, and returns its ISO.
func buildWith(t *testing.T, loader, kernel, options string) string {
	t.Helper()
	p, dir := newPacker(t), vmtest.KernelDir(t, kernel)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	p.build(t, p.writeTemplate(t, files, bothOutputs+fmt.Sprintf("bootloader = %q\n", loader)+options))
	return filepath.Join(p.dir, "output", "m.iso")
}

// TestDirectLoader boots by our own loader from every kind of drive, with
// little memory and much.
func TestDirectLoader(t *testing.T) {
	iso := buildWith(t, "direct", "gokrazy", `initramfs_compression = "zstd"`+"\n")
	tests := []struct {
		options vm.Options
		dma     bool // whether the loader does without the firmware
	}{
		{vm.Options{CDROM: iso, MemoryMiB: 128}, true},
		{vm.Options{CDROM: iso, Bus: "ahci", MemoryMiB: 3072}, false},
		{vm.Options{Disk: iso, Bus: "ide"}, true},
		{vm.Options{Disk: iso, Bus: "ahci", MemoryMiB: 4096}, true},
		{vm.Options{Disk: iso, Bus: "virtio"}, false},
		{vm.Options{Disk: iso, Bus: "usb", MemoryMiB: 256}, false},
	}
	for _, tt := range tests {
		o, kind := tt.options, "disk"
		if o.CDROM != "" {
			kind = "CD"
		}
		t.Run(fmt.Sprintf("%s on %s with %d MiB", kind, o.Bus, o.MemoryMiB), func(t *testing.T) {
			o.Extra = []string{"-trace", driveCommand}
			v := vmtest.Boot(t, o)
			if body := vmtest.Get(t, v, "/"); body != greeting {
				t.Errorf("got %q", body)
			}
			if tt.dma {
				checkPieces(t, iso, strings.Count(v.Console(), driveCommand))
			}
		})
	}
	t.Run("by the firmware from IDE", func(t *testing.T) {
		// A PC before PCI: there is no bus master to be found.
		v := vmtest.Boot(t, vm.Options{Disk: iso, Bus: "ide", MemoryMiB: 256, NIC: "ne2k_isa",
			Extra: []string{"-machine", "isapc", "-cpu", "qemu64,-apic"}})
		vmtest.Expect(t, v, "Hello World! This is scratchmachine")
	})
	t.Run("too little memory", func(t *testing.T) {
		v := vmtest.Boot(t, vm.Options{CDROM: iso, MemoryMiB: 64})
		vmtest.Expect(t, v, "scratchmachine: there is not enough memory for this kernel: give the machine more")
		if screen := vmtest.Screen(t, v); !strings.Contains(screen, "not enough memory") {
			t.Errorf("the screen shows:\n%s", screen)
		}
	})
}

// longestLine is a command line as long as the kernel takes.
func longestLine() string {
	line := "console=tty0 console=ttyS0,115200 quiet panic=10 cryptomgr.notests"
	mark := " scratch.mark=last"
	return line + " scratch.fill=" + strings.Repeat("x", 2047-len(line)-len(" scratch.fill=")-len(mark)) + mark
}

// driveCommand is QEMU's trace event for a command to a drive on IDE or AHCI.
const driveCommand = "ide_exec_cmd"

// checkPieces wants the image to have been read in the loader's pieces of 128 KiB.
// The firmware's are half of that at most; some more are for finding drives.
func checkPieces(t *testing.T, iso string, commands int) {
	t.Helper()
	info, err := os.Stat(iso)
	if err != nil {
		t.Fatal(err)
	}
	if pieces := int(info.Size() >> 17); commands < pieces || commands > pieces*8/5 {
		t.Errorf("the drive had %d commands, want some more than the image's %d pieces", commands, pieces)
	}
}

// TestDirectLoaderDebian: a kernel packed with xz, a module, and a command line
// as long as can be, of which the kernel sees all.
func TestDirectLoaderDebian(t *testing.T) {
	line := longestLine()
	iso := buildWith(t, "direct", "debian", fmt.Sprintf("initramfs_compression = \"lz4\"\ncommand_line = %q\npackage = %q\n", line, testdata(t, "plain")))
	v := vmtest.Boot(t, vm.Options{Disk: iso, Bus: "ahci"})
	if got := strings.TrimSpace(vmtest.Get(t, v, "/cmdline")); got != line {
		t.Errorf("the kernel's command line is\n%s\nwant\n%s", got, line)
	}
}

// TestIsolinux boots by ISOLINUX, as a CD and as a disk.
func TestIsolinux(t *testing.T) {
	iso := buildWith(t, "isolinux", "debian", "")
	for _, o := range []vm.Options{{CDROM: iso}, {Disk: iso, Bus: "ahci"}, {Disk: iso, Bus: "ide"}} {
		v := vmtest.Boot(t, o)
		if body := vmtest.Get(t, v, "/"); body != greeting {
			t.Errorf("got %q", body)
		}
	}
}
