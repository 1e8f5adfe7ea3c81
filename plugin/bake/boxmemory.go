package bake

import (
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// memoryStep is what a box's memory is a multiple of, in MiB.
const memoryStep = 64

// memory is the box's, in MiB. UEFI firmware needs some for itself. So do many files, which
// are there twice while the kernel unpacks them, into a root that takes at most half of
// the memory (Documentation/filesystems/ramfs-rootfs-initramfs.rst; mm/shmem.c,
// shmem_default_max_blocks).
func (o *Options) memory(r Reporter, m image.Machine) int {
	if o.Memory != 0 {
		return o.Memory
	}
	usual := image.DefaultMemoryMiB
	if m.Kernel.Arch == "arm64" {
		usual = image.DefaultMemoryMiBUEFI
	}
	_, size := count(m.Files)
	for _, program := range []content.Content{m.Init, m.App} {
		if program != nil {
			size += program.Size()
		}
	}
	if size < manyBytes {
		return usual
	}
	enough := (usual + int(2*size>>20) + memoryStep - 1) / memoryStep * memoryStep
	r.Sayf("A box has %d MiB of memory, for the %.0f MB of its files: set memory if it needs less or more", enough, float64(size)/1e6)
	return enough
}
