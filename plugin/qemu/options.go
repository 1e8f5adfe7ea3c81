// Package qemu starts machines in QEMU and speaks with its monitor. It knows neither
// what a machine is made of nor who wants it.
package qemu

import (
	"fmt"
	"strconv"
)

// Options say what to boot and on what. Without CDROM, Disk and Kernel QEMU's
// firmware finds nothing to boot.
type Options struct {
	// Arch is the machine's architecture in Go's terms: "amd64", a PC (the
	// default), or "arm64", QEMU's "virt", which wants a Kernel or a Firmware.
	Arch string
	// CDROM is the path of an ISO image, in a drive on Bus.
	CDROM string
	// Disk is the path of a disk image on Bus.
	Disk string
	// Format is the disk image's format in QEMU's terms: "raw" (the default), "vmdk",
	// "qcow2", "vpc", "vhdx", "vdi".
	Format string
	// Bus is "ide" (the default), "ahci", "virtio", "scsi" (virtio-scsi), "nvme" or
	// "usb".
	Bus string
	// Firmware is the path of the firmware; the default is QEMU's BIOS for a PC.
	Firmware string
	// Kernel, Initrd and Append boot without a loader.
	Kernel, Initrd, Append string
	// MemoryMiB defaults to 128, as the box has it.
	MemoryMiB int
	// NIC is QEMU's model of the network card, or NoNIC; the default is "e1000".
	NIC string
	// Forwards are the guest's TCP ports that can be reached on this host.
	Forwards []Forward
	// CPUs is the number of processors; the default is 1.
	CPUs int
	// Accel is how the processor is had; the default is TCG.
	Accel Accel
	// Serial are the machine's serial ports in QEMU's terms, such as "unix:PATH", to
	// which QEMU connects; the default is "stdio".
	Serial []string
	// Monitor is where QEMU's monitor (QMP) is, in QEMU's terms. Empty for none.
	Monitor string
	// Extra are further arguments for QEMU.
	Extra []string
}

// Command is the QEMU that it takes.
func (o Options) Command() string {
	if o.Arch == "arm64" {
		return "qemu-system-aarch64"
	}
	return "qemu-system-x86_64"
}

// Forward makes a TCP port of the guest one of this host.
type Forward struct {
	// Address is the guest's; the default is what DHCP gives.
	Address string
	// Host is a port of 127.0.0.1.
	Host, Guest int
}

// Args are QEMU's arguments. A machine that reboots ends QEMU.
func (o Options) Args() []string {
	args := []string{
		"-nodefaults", "-no-reboot", "-display", "none",
		"-m", strconv.Itoa(orDefault(o.MemoryMiB, 128)),
		"-nic", o.nic(),
	}
	if o.CPUs > 1 {
		args = append(args, "-smp", strconv.Itoa(o.CPUs))
	}
	if o.Monitor != "" {
		args = append(args, "-qmp", o.Monitor)
	}
	for _, port := range o.serial() {
		args = append(args, "-serial", port)
	}
	if o.Arch == "arm64" {
		args = append(args, "-machine", "virt")
	} else {
		args = append(args, "-vga", "std")
	}
	args = append(args, o.processor()...)
	if o.Firmware != "" {
		args = append(args, "-bios", o.Firmware)
	}
	if o.Kernel != "" {
		args = append(args, "-kernel", o.Kernel, "-append", o.Append)
	}
	if o.Initrd != "" {
		args = append(args, "-initrd", o.Initrd)
	}
	args = append(args, o.drive()...)
	return append(args, o.Extra...)
}

// Card returns QEMU's model of a network card that a bake has chosen: "virtio" or "e1000".
func Card(name string) string {
	if name == "virtio" {
		return "virtio-net-pci"
	}
	return orDefault(name, NoNIC)
}

// NoNIC is no network card at all.
const NoNIC = "none"

// nic returns the argument for the network card.
func (o Options) nic() string {
	if o.NIC == NoNIC {
		return NoNIC
	}
	nic := "user,model=" + orDefault(o.NIC, "e1000")
	for _, f := range o.Forwards {
		nic += fmt.Sprintf(",hostfwd=tcp:127.0.0.1:%d-%s:%d", f.Host, f.Address, f.Guest)
	}
	return nic
}

func (o Options) serial() []string {
	if len(o.Serial) == 0 {
		return []string{"stdio"}
	}
	return o.Serial
}

// drive returns the arguments for the CD or the disk.
func (o Options) drive() []string {
	file, device, format := o.Disk, map[string]string{
		"ide": "ide-hd", "ahci": "ide-hd,bus=ahci.0", "virtio": "virtio-blk-pci", "usb": "usb-storage",
		"scsi": "scsi-hd,bus=scsi.0", "nvme": "nvme,serial=1",
	}, orDefault(o.Format, "raw")
	if o.CDROM != "" {
		file, format = o.CDROM, "raw"
		device = map[string]string{"ide": "ide-cd", "ahci": "ide-cd,bus=ahci.0", "usb": "usb-storage", "scsi": "scsi-cd,bus=scsi.0"}
	}
	if file == "" {
		return nil
	}
	bus := orDefault(o.Bus, "ide")
	controllers := map[string][]string{
		"ahci": {"-device", "ich9-ahci,id=ahci"},
		"usb":  {"-device", "qemu-xhci"},
		"scsi": {"-device", "virtio-scsi-pci,id=scsi"},
	}
	drive := fmt.Sprintf("if=none,id=boot,snapshot=on,format=%s,file=%s", format, file)
	if o.CDROM != "" {
		drive += ",media=cdrom"
	}
	return append(controllers[bus], "-drive", drive, "-device", device[bus]+",drive=boot")
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
