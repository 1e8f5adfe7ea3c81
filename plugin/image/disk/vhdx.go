package disk

import (
	"encoding/binary"
	"hash/crc32"
	"unicode/utf16"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// Numbers of the VHDX format ([MS-VHDX]: "Virtual Hard Disk v2 (VHDX) File
// Format", 2.1 to 2.6). All are stored with the least significant byte first.
const (
	vhdxSignature     = "vhdxfile"
	vhdxCreator       = "scratchmachine"
	vhdxHeader        = "head"
	vhdxRegions       = "regi"
	vhdxMetadata      = "metadata"
	vhdxVersion       = 1
	vhdxHeaderSize    = 4 << 10
	vhdxTableSize     = 64 << 10
	vhdxChecksumAt    = 4
	vhdxFirstHeader   = 64 << 10
	vhdxSecondHeader  = 128 << 10
	vhdxFirstRegions  = 192 << 10
	vhdxSecondRegions = 256 << 10

	// vhdxUnit is what regions are aligned to and multiples of, in bytes; also
	// the least size of a block.
	vhdxUnit       = 1 << 20
	vhdxLogAt      = 1 * vhdxUnit
	vhdxMetadataAt = 2 * vhdxUnit
	vhdxTableAt    = 3 * vhdxUnit // the block allocation table

	vhdxSector = 512
	// vhdxChunk is how many blocks one block of the sector bitmap covers: 2^23
	// sectors (2.5, "Chunk Ratio").
	vhdxChunk = 1 << 23 * vhdxSector / vhdxUnit
	// vhdxPresent is the state of a block that is in the file in full (2.5.1.1).
	vhdxPresent = 6

	vhdxRequired = 1 // of a region
	// The flags of a metadata item (2.6.1.2).
	vhdxOfDisk       = 2
	vhdxRequiredItem = 4
	// vhdxItemsAt is where items begin in the metadata region, behind its table.
	vhdxItemsAt = 64 << 10
	// vhdxPhysical is the sector size of today's drives, in bytes.
	vhdxPhysical = 4096

	// maxVHDX is the largest disk of Hyper-V, in bytes.
	maxVHDX = 64 << 40
)

// guid is how a well-known UUID is stored: its first three numbers with the
// least significant byte first (MS-DTYP 2.3.4.2).
func guid(a uint32, b, c uint16, d uint64) uuid {
	g := binary.LittleEndian.AppendUint32(nil, a)
	g = binary.LittleEndian.AppendUint16(g, b)
	g = binary.LittleEndian.AppendUint16(g, c)
	return uuid(binary.BigEndian.AppendUint64(g, d))
}

// NewVHDX lays out a VHDX, for Hyper-V: an empty log, the metadata, the table of
// blocks, and the blocks, all of them in the file and in order.
func NewVHDX(image content.Content) (*Layout, error) {
	l := &Layout{format: "VHDX", size: image.Size(), block: vhdxUnit}
	// Between the chunks' entries is one for a bitmap that only differences have.
	entries := l.blocks() + (l.blocks()-1)/vhdxChunk
	l.head = vhdxTableAt + pieces(entries*8, vhdxUnit)*vhdxUnit
	l.render = func(id uuid) ([]byte, []byte) { return vhdxHead(l, id), nil }
	return l.around(image, maxVHDX)
}

func vhdxHead(l *Layout, id uuid) []byte {
	head := make([]byte, l.head)
	copy(head, vhdxSignature)
	for i, c := range utf16.Encode([]rune(vhdxCreator)) {
		binary.LittleEndian.PutUint16(head[len(vhdxSignature)+2*i:], c)
	}
	copy(head[vhdxFirstHeader:], vhdxHeaderOf(1, id))
	copy(head[vhdxSecondHeader:], vhdxHeaderOf(2, id)) // the current one: its number is higher
	regions := vhdxRegionTable(l.head - vhdxTableAt)
	copy(head[vhdxFirstRegions:], regions)
	copy(head[vhdxSecondRegions:], regions)
	copy(head[vhdxMetadataAt:], vhdxMetadataRegion(Capacity(l.size), id))
	table := head[vhdxTableAt:]
	for block := range l.blocks() {
		at := (l.head + block*vhdxUnit) | vhdxPresent
		binary.LittleEndian.PutUint64(table[8*(block+block/vhdxChunk):], uint64(at))
	}
	return head
}

// vhdxHeaderOf is one of the two headers (2.2.2).
func vhdxHeaderOf(sequence uint64, id uuid) []byte {
	return checked(vhdxHeaderSize, encode(binary.LittleEndian, struct {
		Signature            [4]byte
		Checksum             uint32
		Sequence             uint64
		FileWrite, DataWrite uuid
		Log                  uuid // zero: there is nothing in the log
		LogVersion, Version  uint16
		LogSize              uint32
		LogAt                uint64
	}{
		Signature: [4]byte([]byte(vhdxHeader)), Sequence: sequence,
		FileWrite: id.derive("file"), DataWrite: id.derive("data"),
		Version: vhdxVersion, LogSize: vhdxUnit, LogAt: vhdxLogAt,
	}))
}

// vhdxRegionTable says where the metadata and the table of blocks are (2.2.3).
func vhdxRegionTable(tableSize int64) []byte {
	type region struct {
		ID             uuid
		At             uint64
		Size, Required uint32
	}
	return checked(vhdxTableSize, encode(binary.LittleEndian, struct {
		Signature       [4]byte
		Checksum, Count uint32
		_               uint32
		Table, Metadata region
	}{
		Signature: [4]byte([]byte(vhdxRegions)), Count: 2,
		Table:    region{guid(0x2dc27766, 0xf623, 0x4200, 0x9d64115e9bfd4a08), vhdxTableAt, uint32(tableSize), vhdxRequired},
		Metadata: region{guid(0x8b7ca206, 0x4790, 0x4b9a, 0xb8fe575f050f886e), vhdxMetadataAt, vhdxUnit, vhdxRequired},
	}))
}

// checked fills a structure up to size and puts its CRC-32C into it.
func checked(size int, structure []byte) []byte {
	b := padded(structure, size)
	binary.LittleEndian.PutUint32(b[vhdxChecksumAt:], crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	return b
}

// vhdxMetadataRegion says what the disk is (2.6).
func vhdxMetadataRegion(capacity int64, id uuid) []byte {
	u32 := func(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
	disk := id.derive("disk")
	items := []struct {
		id    uuid
		flags uint32
		value []byte
	}{
		{guid(0xcaa16737, 0xfa36, 0x4d43, 0xb3b633f0aa44e76b), vhdxRequiredItem, append(u32(vhdxUnit), u32(0)...)}, // file parameters: block size, no parent
		{guid(0x2fa54224, 0xcd1b, 0x4876, 0xb2115dbed83bf4b8), vhdxRequiredItem | vhdxOfDisk, binary.LittleEndian.AppendUint64(nil, uint64(capacity))},
		{guid(0xbeca12ab, 0xb2e6, 0x4523, 0x93efc309e000c746), vhdxRequiredItem | vhdxOfDisk, disk[:]}, // its id
		{guid(0x8141bf1d, 0xa96f, 0x4709, 0xba47f233a8faab5f), vhdxRequiredItem | vhdxOfDisk, u32(vhdxSector)},
		{guid(0xcda348c7, 0x445d, 0x4471, 0x9cc9e9885251c556), vhdxRequiredItem | vhdxOfDisk, u32(vhdxPhysical)},
	}
	region := []byte(vhdxMetadata)
	region = binary.LittleEndian.AppendUint32(region, uint32(len(items))<<16) // and 16 reserved bits
	region = append(region, make([]byte, 20)...)
	var values []byte
	for _, item := range items {
		region = append(region, item.id[:]...)
		for _, n := range []uint32{uint32(vhdxItemsAt + len(values)), uint32(len(item.value)), item.flags, 0} {
			region = binary.LittleEndian.AppendUint32(region, n)
		}
		values = append(values, item.value...)
	}
	return append(padded(region, vhdxItemsAt), values...)
}
