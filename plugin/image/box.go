package image

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/box"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/disk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/iso"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/ovf"
	"github.com/scratchmachine/packer-plugin-scratchmachine/vagrant"
)

// The providers that a box can be for, in Vagrant's terms.
const (
	VirtualBox = "virtualbox"
	Libvirt    = "libvirt"
)

// Providers lists them.
func Providers() []string { return []string{VirtualBox, Libvirt} }

// WriteBox writes the box for a provider, whose disk holds the disc's bytes.
func (m Machine) WriteBox(ctx context.Context, w io.Writer, provider string, disc *iso.Layout) error {
	boxfile, err := vagrant.Boxfile(vagrant.Box{Arch: m.Kernel.Arch, Forwards: m.Forwards, CPUs: m.CPUs, MemoryMiB: m.MemoryMiB, SSH: m.Config.Debug.SSH.Listen != ""})
	if err != nil {
		return err
	}
	var b box.Box
	switch provider {
	case VirtualBox:
		b, err = m.virtualBox(ctx, boxfile, disc)
	case Libvirt:
		b, err = m.libvirt(boxfile, disc)
	default:
		err = errors.Errorf("there are no boxes for %q, only for %s", provider, strings.Join(Providers(), " and "))
	}
	if err != nil {
		return err
	}
	return box.Write(w, b)
}

func (m Machine) virtualBox(ctx context.Context, boxfile []byte, disc *iso.Layout) (box.Box, error) {
	vmdk, err := vmdk(ctx, disc)
	if err != nil {
		return box.Box{}, err
	}
	var description bytes.Buffer
	err = ovf.Write(&description, ovf.Machine{
		Name: m.Name, CPUs: m.CPUs, MemoryMiB: m.MemoryMiB,
		Disk: ovf.Disk{File: box.DiskName, Capacity: disk.Capacity(disc.Size())},
	})
	return box.VirtualBox(m.Kernel.Arch, boxfile, description.Bytes(), vmdk), err
}

func (m Machine) libvirt(boxfile []byte, disc *iso.Layout) (box.Box, error) {
	qcow2, err := disk.NewQCOW2(disc, disc.Size())
	if err != nil {
		return box.Box{}, err
	}
	return box.Libvirt(m.Kernel.Arch, boxfile, qcow2), nil
}

// vmdk turns the disc into a virtual disk while it is being written.
func vmdk(ctx context.Context, disc *iso.Layout) ([]byte, error) {
	r, w := io.Pipe()
	defer r.Close() // ends the writer if the reader gives up
	go func() {
		_, err := disc.WriteTo(w)
		w.CloseWithError(err)
	}()
	var out bytes.Buffer
	out.Grow(int(disc.Size()))
	err := disk.WriteVMDK(ctx, &out, r, disc.Size())
	return out.Bytes(), errors.Wrap(err, "making the box's disk")
}
