package payload

import (
	"debug/elf"
	"encoding/binary"

	"github.com/pkg/errors"
)

// kernelMap is the virtual address of physical address 0 in the kernel's own mapping
// (__START_KERNEL_map), and kernelMapSize how much of it a kernel that can be
// relocated has (KERNEL_IMAGE_SIZE; arch/x86/include/asm/page_64_types.h).
const (
	kernelMap     = 0xffffffff80000000
	kernelMapSize = 1 << 30
)

// layout is a kernel as it lies in memory.
type layout struct {
	image       []byte // from the address on, without the zeros at its end, in words
	size        uint32 // with the memory behind it that is zero
	entry       uint32 // physical address
	relocations relocations
}

// layOut puts the segments where they belong, as parse_elf does. The kernel is linked
// for the physical address.
func layOut(file []byte, address uint64) (layout, error) {
	header, segments, err := parseELF(file)
	if err != nil {
		return layout{}, err
	}
	k := layout{entry: uint32(header.Entry)}
	first, end := uint64(maxAddress), header.Shoff+uint64(header.Shnum)*uint64(header.Shentsize)
	for _, s := range segments {
		at := s.Paddr - address
		if s.Paddr < address || at > uint64(len(file)) || s.Filesz > s.Memsz || s.Memsz > maxUnpacked ||
			s.Off > uint64(len(file)) || s.Filesz > uint64(len(file))-s.Off {
			return layout{}, errors.Errorf("a segment of %d bytes for %#x does not fit in: is the kernel damaged?", s.Filesz, s.Paddr)
		}
		if missing := words(int(at+s.Filesz)) - len(k.image); missing > 0 {
			k.image = append(k.image, make([]byte, missing)...)
		}
		copy(k.image[at:], file[s.Off:s.Off+s.Filesz])
		k.size = max(k.size, uint32(at+s.Memsz))
		first, end = min(first, s.Paddr), max(end, s.Off+s.Filesz)
	}
	if first != address || header.Entry < address || header.Entry >= address+uint64(len(k.image)) || end > uint64(len(file)) {
		return layout{}, errors.Errorf("its segments begin at %#x and it starts at %#x, neither of which fits %#x", first, header.Entry, address)
	}
	if k.relocations, err = parseRelocations(file[end:], address, len(k.image)); err != nil {
		return layout{}, err
	}
	if k.image = k.image[:significant(k.image, k.relocations.end())]; len(k.image) == 0 {
		return layout{}, errors.New("there is nothing but zeros in it")
	}
	return k, nil
}

// parseELF returns the header and the segments to load.
func parseELF(file []byte) (elf.Header64, []elf.Prog64, error) {
	var header elf.Header64
	if _, err := binary.Decode(file, binary.LittleEndian, &header); err != nil {
		return header, nil, errors.New("it is too short for an ELF file")
	}
	if string(header.Ident[:elf.EI_CLASS]) != elf.ELFMAG || header.Ident[elf.EI_CLASS] != byte(elf.ELFCLASS64) ||
		header.Machine != uint16(elf.EM_X86_64) || header.Type != uint16(elf.ET_EXEC) {
		return header, nil, errors.New("it is not an ELF program for x86_64")
	}
	var segments []elf.Prog64
	for i := range uint64(header.Phnum) {
		var s elf.Prog64
		at := header.Phoff + i*uint64(header.Phentsize)
		if at < header.Phoff || at > uint64(len(file)) {
			return header, nil, errors.New("its program headers are not in the file")
		}
		if _, err := binary.Decode(file[at:], binary.LittleEndian, &s); err != nil {
			return header, nil, errors.New("its program headers are cut off")
		}
		if s.Type == uint32(elf.PT_LOAD) {
			segments = append(segments, s)
		}
	}
	return header, segments, nil
}

// significant is the image's length without the zeros at its end, at least least.
func significant(image []byte, least int) int {
	n := len(image)
	for n > least && image[n-1] == 0 {
		n--
	}
	return words(n)
}

// words rounds a size up to the words that the stub works in.
func words(n int) int { return (n + wordSize - 1) &^ (wordSize - 1) }

// data is what the stub unpacks: the image with the relocations behind it.
func (k layout) data() []byte {
	data := append([]byte(nil), k.image...)
	for _, kind := range [][]uint32{k.relocations.add32, k.relocations.sub32, k.relocations.add64} {
		for _, offset := range kind {
			data = binary.LittleEndian.AppendUint32(data, offset)
		}
	}
	return data
}
