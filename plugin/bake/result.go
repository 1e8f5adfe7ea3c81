package bake

import (
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/output"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
)

// Result is what a bake has made.
type Result struct {
	// Arch is the machine's architecture in Go's terms.
	Arch string
	// KernelRelease is what uname -r says in it.
	KernelRelease string
	// CommandLine is what the kernel is to be given where no loader does it.
	CommandLine string
	// ContainerImage is the container image as the option names it, and
	// ContainerImageDigest its digest, "sha256:…"; empty without one.
	ContainerImage, ContainerImageDigest string
	// MemoryMiB is what it is meant to have.
	MemoryMiB int
	// Card is the network card that the machine has a driver for: "virtio" or "e1000",
	// empty for none.
	Card string
	// Outputs are the files, the boxes first, in the order of the providers. A catalog
	// is not among them, as it may be others' too.
	Outputs []Output
}

// The kinds of outputs.
const (
	KindBox       = "Box"
	KindISO       = "ISO"
	KindKernel    = "Kernel"
	KindInitramfs = "Initramfs"
	KindDisk      = "Disk"
	KindOVA       = "OVA"
	KindGCE       = "GCE"
)

// Output is a file that was written.
type Output struct {
	Kind         string
	Provider     string // of a box
	Path, SHA256 string // in hexadecimal digits
}

func newResult(m image.Machine, outs results) Result {
	r := Result{Arch: m.Kernel.Arch, KernelRelease: m.Kernel.Release, CommandLine: m.CommandLine, MemoryMiB: m.MemoryMiB, Card: m.Card}
	add := func(kind, provider string, file *output.File) {
		if file != nil {
			r.Outputs = append(r.Outputs, Output{kind, provider, file.Path(), file.SHA256()})
		}
	}
	for _, b := range outs.boxes {
		add(KindBox, b.provider, b.File)
	}
	add(KindISO, "", outs.iso)
	add(KindKernel, "", outs.kernel)
	add(KindInitramfs, "", outs.initramfs)
	for _, p := range outs.products {
		add(p.kind, "", p.File)
	}
	return r
}
