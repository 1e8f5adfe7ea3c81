package payload

import (
	_ "embed"
	"encoding/binary"
)

//go:generate nasm -f bin -o stub.bin stub.asm

// stubCode is the assembled stub.asm. What the stub unpacks comes behind it.
//
//go:embed stub.bin
var stubCode []byte

// parametersAt is where the parameters are in the stub.
const parametersAt = 8

// What the stub knows: see stub.asm.
const (
	wordSize   = 8
	tablesSize = 0x7000
	sumStart   = 0xcbf29ce484222325
	sumFactor  = 0x100000001b3
	pageSize   = 4096
)

// parameters are what the stub is told: sizes in bytes, physical addresses.
type parameters struct {
	Sum                 uint64 // over the data
	Size                uint32 // the data's
	Packed              uint32 // the LZ4 block's, 0 if the data is not packed
	Target              uint32 // where the data is moved to
	Image               uint32 // where the kernel comes
	Room                uint32 // that is used from there on
	Entry               uint32 // where the kernel starts
	Relocations         uint32 // where they come
	Add32, Sub32, Add64 uint32 // how many there are
	ZeroEnd             uint32 // from Relocations to here the kernel has zeros
	Slots, SlotSize     uint32 // the virtual addresses to choose from
}

// place fills in where the kernel comes, and among how many virtual addresses the
// stub chooses: those of find_random_virt_addr, for the memory it asks for.
func (p *parameters) place(k layout, old bzImage) {
	p.Relocations = p.Image + uint32(len(k.image))
	r := k.relocations
	p.Add32, p.Sub32, p.Add64 = uint32(len(r.add32)), uint32(len(r.sub32)), uint32(len(r.add64))
	p.ZeroEnd = p.Image + uint32(words(max(int(k.size), len(k.image)+4*r.count())))
	taken := p.Image + max(k.size, old.initSize)
	if r.count() > 0 && taken < kernelMapSize {
		p.SlotSize = old.alignment
		p.Slots = 1 + (kernelMapSize-taken)/old.alignment
	}
}

// measure fills in what depends on the data. lead is by how many bytes what is
// written is ahead of what is read, at most: the data begins so much later.
func (p *parameters) measure(data []byte, lead int) {
	p.Size = uint32(len(data))
	p.Target = p.Image + uint32(words(lead))
	end := max(p.ZeroEnd, p.Target+p.Size)
	p.Room = (end-p.Image+pageSize-1)&^(pageSize-1) + tablesSize
	p.Sum = sum(data)
}

// sum is FNV-1a (draft-eastlake-fnv) of words of 8 bytes instead of bytes, from the last word on.
func sum(data []byte) uint64 {
	s := uint64(sumStart)
	for n := len(data); n > 0; n -= wordSize {
		s = (s ^ binary.LittleEndian.Uint64(data[n-wordSize:])) * sumFactor
	}
	return s
}
