package image

import (
	"bytes"
	"context"
	"io"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/box"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/disk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/iso"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/ovf"
	"github.com/scratchmachine/packer-plugin-scratchmachine/vagrant"
)

// provider is Vagrant's name of the hypervisor that the box is for.
const provider = "virtualbox"

// WriteBox writes the box whose disk holds the disc's bytes.
func (m Machine) WriteBox(ctx context.Context, w io.Writer, disc *iso.Layout) error {
	vmdk, err := vmdk(ctx, disc)
	if err != nil {
		return err
	}
	boxfile, err := vagrant.Boxfile(m.Forwards)
	if err != nil {
		return err
	}
	var description bytes.Buffer
	err = ovf.Write(&description, ovf.Machine{
		Name: m.Name, CPUs: m.CPUs, MemoryMiB: m.MemoryMiB,
		Disk: ovf.Disk{File: box.DiskName, Capacity: disk.VMDKCapacity(disc.Size())},
	})
	if err != nil {
		return err
	}
	return box.Write(w, box.Box{
		Provider: provider, Architecture: m.Kernel.Arch,
		Vagrantfile: boxfile, OVF: description.Bytes(), Disk: vmdk,
	})
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
