package image

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/disk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/ovf"
)

// Disks makes virtual disks that hold the disc's bytes, and what has them in it:
// boxes, appliances and images for clouds. They can be made side by side.
type Disks struct {
	machine Machine
	disc    content.Content
	// stream returns the streamOptimized VMDK, which several of them have in them
	// and which takes the longest to make.
	stream func() (content.Content, error)
}

// Scratch is a file for what is needed only while images are made: what has been
// written to it can be read.
type Scratch interface {
	io.Writer
	io.ReaderAt
}

// Disks are made of the disc that Disc returned. ctx ends the making of what they
// share, which scratch makes a file for.
func (m Machine) Disks(ctx context.Context, disc content.Content, scratch func() (Scratch, error)) *Disks {
	d := &Disks{machine: m, disc: disc}
	d.stream = sync.OnceValues(func() (content.Content, error) {
		file, err := scratch()
		if err != nil {
			return nil, err
		}
		return Keep(file, func(w io.Writer) error { return disk.WriteVMDK(ctx, w, disc) })
	})
	return d
}

// Keep returns what is written to a scratch file as content.
func Keep(file Scratch, write func(io.Writer) error) (content.Content, error) {
	out := &counter{w: file}
	err := write(out)
	return io.NewSectionReader(file, 0, out.n), err
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
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
	c, err := d.disk(format, name)
	if err != nil {
		return err
	}
	return content.Copy(ctx, w, c)
}

func (d *Disks) disk(format, name string) (content.Content, error) {
	switch format {
	case Raw:
		return disk.NewRaw(d.disc)
	case QCOW2:
		return disk.NewQCOW2(d.disc)
	case VMDK:
		return disk.NewSparseVMDK(d.disc, name)
	case StreamVMDK:
		return d.stream()
	case VHD:
		return disk.NewVHD(d.disc)
	case VHDX:
		return disk.NewVHDX(d.disc)
	case VDI:
		return disk.NewVDI(d.disc)
	}
	return nil, errors.Errorf("there are no disks of the format %q: choose one of %s", format, strings.Join(DiskFormats(), ", "))
}

// WriteGCE writes the disk as an image for Google Compute Engine: see disk.WriteGCE.
func (d *Disks) WriteGCE(ctx context.Context, w io.Writer) error {
	return disk.WriteGCE(ctx, w, d.disc)
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
