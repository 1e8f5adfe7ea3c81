// Package payload repacks a bzImage, so that the kernel no longer unpacks itself
// with xz or the like: its ELF file is taken out, laid out as it will lie in memory,
// packed with LZ4 or not at all, and put behind a small stub of our own (stub.asm),
// which does what the kernel's decompressor did. The real-mode part stays. So the new
// bzImage boots wherever a bzImage boots by a BIOS.
//
// What the kernel's own stub (arch/x86/boot/compressed: head_64.S, misc.c, kaslr.c)
// does, and what becomes of it:
//
//   - It checks the processor (verify_cpu): the real-mode part does so too, and the
//     stub looks for 64-bit mode again, as a loader may start at the 32-bit entry.
//   - It makes page tables that map the kernel, boot_params, the command line and
//     setup_data to themselves: the stub maps all of the first 4 GiB.
//   - It relocates the kernel to a random virtual address (KASLR): so does the stub,
//     among the same addresses, from RDRAND, the time stamp counter and the i8254
//     timer, unless the command line has nokaslr. It sets KASLR_FLAG, by which the
//     kernel randomises its memory regions and modules as well.
//   - It picks a random physical address: the stub does not. The kernel always lies
//     where it was linked for, in physical memory.
//   - It switches to 5-level paging where there is such: the stub stays with 4 levels,
//     as with no5lvl. That limits a machine to 64 TiB of memory.
//   - It starts from UEFI, at the 64-bit entry, under SEV and TDX: the stub does not,
//     and the header says that there are no such entries. The signature for Secure
//     Boot is gone with them.
//   - It cleans boot_params up after careless loaders (sanitize_boot_params), and looks
//     for ACPI's tables: the kernel does both again (copy_bootdata,
//     acpi_os_get_root_pointer).
//
// Beyond that the stub checks that there is enough memory, that the loader put nothing
// in the way, and that the data is whole, and says so if not. Only setup_data in the
// way is left out: what a loader puts there without UEFI, such as QEMU's random seed,
// a kernel can do without.
package payload

import (
	"bytes"
	"encoding/binary"

	"github.com/pkg/errors"
)

// Packing says how the kernel is packed.
type Packing int

const (
	// LZ4 is an LZ4 block, which unpacks at the speed of memory.
	LZ4 Packing = iota
	// Stored is not packed.
	Stored
)

// Repack returns a bzImage for x86_64 that has the same kernel in it, packed anew. The
// same bytes come out of the same ones. It fails if the kernel's form is not known.
func Repack(bzImage []byte, packing Packing) ([]byte, error) {
	old, err := parse(bzImage)
	if err != nil {
		return nil, err
	}
	content, err := unpacked(old.payload)
	if err != nil {
		return nil, errors.Wrap(err, "unpacking the kernel")
	}
	k, err := layOut(content, old.address)
	if err != nil {
		return nil, errors.Wrap(err, "laying out the kernel")
	}
	p := parameters{Image: uint32(old.address), Entry: k.entry}
	p.place(k, old)

	data := k.data()
	lead := 0
	if packing == LZ4 {
		if data, lead, err = pack(data); err != nil {
			return nil, errors.Wrap(err, "packing the kernel")
		}
		p.Packed = uint32(len(data))
	}
	data = append(data, make([]byte, words(len(data))-len(data))...)
	p.measure(data, lead)
	return old.rebuild(p, data), nil
}

// stub returns the stub's code with its parameters.
func (p parameters) stub() []byte {
	b := bytes.Clone(stubCode)
	_, _ = binary.Encode(b[parametersAt:], binary.LittleEndian, p) // it fits: TestParameters
	return b
}
