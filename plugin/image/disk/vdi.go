package disk

import (
	"encoding/binary"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// Numbers of the VDI format, version 1.1 (VirtualBox:
// src/VBox/Storage/VDICore.h). All are stored with the least significant byte
// first.
const (
	vdiInfo      = "<<< Oracle VM VirtualBox Disk Image >>>\n"
	vdiSignature = 0xbeda107f
	vdiVersion   = 0x00010001
	// vdiHeaderSize is that of VDIHEADER1PLUS, in bytes.
	vdiHeaderSize = 400
	// vdiFixed is a disk all of whose blocks are in the file.
	vdiFixed = 2
	// vdiBlock is the usual size of a block, and the only one that QEMU takes.
	vdiBlock   = 1 << 20
	vdiTableAt = 512

	// maxVDI is what QEMU takes, in bytes (block/vdi.c, VDI_DISK_SIZE_MAX).
	maxVDI = 0x1fffff8 << 20
)

// NewVDI lays out a VDI, VirtualBox's own format: the blocks are in the file in
// their order.
func NewVDI(image content.Content) (*Layout, error) {
	l := &Layout{format: "VDI", size: image.Size(), block: vdiBlock}
	l.head = pieces(vdiTableAt+l.blocks()*4, vdiBlock) * vdiBlock
	l.render = func(id uuid) ([]byte, []byte) { return vdiHead(l, id), nil }
	return l.around(image, maxVDI)
}

func vdiHead(l *Layout, id uuid) []byte {
	h := struct {
		Info               [64]byte
		Signature, Version uint32
		HeaderSize         uint32
		Type, Flags        uint32
		Comment            [256]byte
		TableAt, DataAt    uint32
		Cylinders, Heads   uint32 // no geometry: VirtualBox works it out
		PerTrack           uint32
		SectorSize         uint32
		_                  uint32
		Capacity           uint64
		Block, BlockExtra  uint32
		Blocks, Allocated  uint32
		ID, Modified       uuid
		Parent             uuid // none, and
		ParentModified     uuid // none
		LogicalGeometry    [4]uint32
	}{
		Signature: vdiSignature, Version: vdiVersion, HeaderSize: vdiHeaderSize, Type: vdiFixed,
		TableAt: vdiTableAt, DataAt: uint32(l.head), SectorSize: sectorSize,
		Capacity: uint64(Capacity(l.size)), Block: vdiBlock,
		Blocks: uint32(l.blocks()), Allocated: uint32(l.blocks()),
		ID: id, Modified: id.derive("modification"),
	}
	copy(h.Info[:], vdiInfo)
	head := make([]byte, l.head)
	copy(head, encode(binary.LittleEndian, h))
	for block := range l.blocks() {
		binary.LittleEndian.PutUint32(head[vdiTableAt+4*block:], uint32(block))
	}
	return head
}
