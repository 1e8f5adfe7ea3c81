package image

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/disk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/iso"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/ovf"
)

// Disks makes virtual disks that hold the disc's bytes, and what has them in it:
// boxes, appliances and images for clouds. They can be made side by side.
type Disks struct {
	machine Machine
	disc    *iso.Layout
	// stream returns the streamOptimized VMDK, which several of them have in them
	// and which takes the longest to make.
	stream func() ([]byte, error)
}

// Disks are made of the disc that Disc returned. ctx ends the making of what they
// share.
func (m Machine) Disks(ctx context.Context, disc *iso.Layout) *Disks {
	d := &Disks{machine: m, disc: disc}
	d.stream = sync.OnceValues(func() ([]byte, error) {
		image := d.open()
		defer image.Close()
		var out bytes.Buffer
		out.Grow(int(disc.Size()))
		err := disk.WriteVMDK(ctx, &out, image, disc.Size())
		return out.Bytes(), err
	})
	return d
}

// open delivers the disc while it is being written. Closing ends that.
func (d *Disks) open() io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		_, err := d.disc.WriteTo(w)
		w.CloseWithError(err)
	}()
	return r
}

// The formats of virtual disks.
const (
	Raw   = "raw"
	QCOW2 = "qcow2"
	// VMDK is monolithicSparse, from which VMware, VirtualBox and QEMU start.
	VMDK = "vmdk"
	// StreamVMDK is streamOptimized: compressed, for import.
	StreamVMDK = "vmdk-stream"
	VHD        = "vhd"
	VHDX       = "vhdx"
	VDI        = "vdi"
)

// DiskFormats lists them.
func DiskFormats() []string { return []string{Raw, QCOW2, VMDK, StreamVMDK, VHD, VHDX, VDI} }

// WriteDisk writes a virtual disk. name is that of the file it becomes, without
// the folder.
func (d *Disks) WriteDisk(ctx context.Context, w io.Writer, format, name string) error {
	if format == StreamVMDK {
		vmdk, err := d.stream()
		if err == nil {
			_, err = w.Write(vmdk)
		}
		return err
	}
	layout, err := layoutOf(format, d.disc.Size(), name)
	if err != nil {
		return err
	}
	image := d.open()
	defer image.Close()
	return layout.Write(ctx, w, image)
}

func layoutOf(format string, size int64, name string) (*disk.Layout, error) {
	switch format {
	case Raw:
		return disk.NewRaw(size)
	case QCOW2:
		return disk.NewQCOW2(size)
	case VMDK:
		return disk.NewSparseVMDK(size, name)
	case VHD:
		return disk.NewVHD(size)
	case VHDX:
		return disk.NewVHDX(size)
	case VDI:
		return disk.NewVDI(size)
	}
	return nil, errors.Errorf("there are no disks of the format %q: choose one of %s", format, strings.Join(DiskFormats(), ", "))
}

// WriteGCE writes the disk as an image for Google Compute Engine: see disk.WriteGCE.
func (d *Disks) WriteGCE(ctx context.Context, w io.Writer) error {
	image := d.open()
	defer image.Close()
	return disk.WriteGCE(ctx, w, image, d.disc.Size())
}

// ovf describes the machine with a disk of that name.
func (d *Disks) ovf(flavour ovf.Flavour, diskName string) ([]byte, error) {
	m := d.machine
	card := m.Card
	if flavour == ovf.VMware {
		card = m.VMwareCard
	}
	var out bytes.Buffer
	err := ovf.Write(&out, ovf.Machine{
		Flavour: flavour, Name: m.Name, Arch: m.Kernel.Arch, CPUs: m.CPUs, MemoryMiB: m.MemoryMiB, Card: card,
		Disk: ovf.Disk{File: diskName, Capacity: disk.Capacity(d.disc.Size())},
	})
	return out.Bytes(), err
}
