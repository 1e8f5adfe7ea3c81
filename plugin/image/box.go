package image

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/box"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/disk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/ovf"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/vmx"
	"github.com/scratchmachine/packer-plugin-scratchmachine/vagrant"
)

// The providers that a box can be for, in Vagrant's terms. vagrant-qemu takes the
// boxes for libvirt.
const (
	VirtualBox = "virtualbox"
	Libvirt    = "libvirt"
	VMware     = "vmware_desktop"
)

// Providers lists them.
func Providers() []string { return []string{VirtualBox, Libvirt, VMware} }

// WriteBox writes the box for a provider.
func (d *Disks) WriteBox(ctx context.Context, w io.Writer, provider string) error {
	m := d.machine
	boxfile, err := vagrant.Boxfile(vagrant.Box{
		Arch: m.Kernel.Arch, Forwards: m.Forwards, CPUs: m.CPUs, MemoryMiB: m.MemoryMiB, Card: m.Card, SSH: m.Config.Debug.SSH.Listen != "",
	})
	if err != nil {
		return err
	}
	var b box.Box
	switch provider {
	case VirtualBox:
		b, err = d.virtualBox(boxfile)
	case Libvirt:
		b, err = d.libvirt(boxfile)
	case VMware:
		b, err = d.vmware(boxfile)
	default:
		err = errors.Errorf("there are no boxes for %q, only for %s", provider, strings.Join(Providers(), ", "))
	}
	if err != nil {
		return err
	}
	return box.Write(ctx, w, b)
}

func (d *Disks) virtualBox(boxfile []byte) (box.Box, error) {
	vmdk, err := d.stream()
	if err != nil {
		return box.Box{}, err
	}
	description, err := d.ovf(ovf.VirtualBox, box.DiskName)
	return box.VirtualBox(d.machine.Kernel.Arch, boxfile, description, vmdk), err
}

func (d *Disks) libvirt(boxfile []byte) (box.Box, error) {
	qcow2, err := disk.NewQCOW2(d.disc)
	if err != nil {
		return box.Box{}, err
	}
	return box.Libvirt(d.machine.Kernel.Arch, boxfile, qcow2, disk.Capacity(d.disc.Size())), nil
}

func (d *Disks) vmware(boxfile []byte) (box.Box, error) {
	m := d.machine
	vmdk, err := disk.NewSparseVMDK(d.disc, box.VMwareDiskName)
	if err != nil {
		return box.Box{}, err
	}
	var description bytes.Buffer
	err = vmx.Write(&description, vmx.Machine{
		Name: m.Name, Arch: m.Kernel.Arch, CPUs: m.CPUs, MemoryMiB: m.MemoryMiB, Card: m.VMwareCard, Disk: box.VMwareDiskName,
	})
	return box.VMware(m.Kernel.Arch, boxfile, description.Bytes(), vmdk), err
}
