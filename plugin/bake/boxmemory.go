package bake

import (
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

const (
	// memoryStep is what a box's memory is a multiple of, in MiB.
	memoryStep = 64
	// kernelMemory is what the kernel takes for itself before it unpacks, in MiB, and some
	// room.
	kernelMemory = 64
)

// memory is the box's, in MiB. UEFI firmware needs some for itself. So do many files: the
// kernel unpacks them into a root that takes at most half of the memory besides its own
// and that of the packed ones (mm/shmem.c, shmem_default_max_blocks, in init_mount_tree).
// Programs are packed to less than half of their size, other files may be as large.
func (o *Options) memory(r Reporter, m image.Machine) int {
	if o.Memory != 0 {
		return o.Memory
	}
	usual := image.DefaultMemoryMiB
	if m.Kernel.Arch == "arm64" {
		usual = image.DefaultMemoryMiBUEFI
	}
	_, files := count(m.Files)
	programs := int64(0)
	for _, program := range []content.Content{m.Init, m.App} {
		if program != nil {
			programs += program.Size()
		}
	}
	size := programs + files
	if size < manyBytes {
		return usual
	}
	enough := usual - kernelMemory + int((2*size+programs/2+files)>>20)
	enough = (enough + memoryStep - 1) / memoryStep * memoryStep
	r.Sayf("A box has %d MiB of memory, for the %.0f MB of its files: set memory if it needs less or more", enough, float64(size)/1e6)
	return enough
}
