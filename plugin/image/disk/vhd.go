package disk

import (
	"encoding/binary"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// Numbers of the VHD format ("Virtual Hard Disk Image Format Specification",
// Microsoft, 2006: "Hard Disk Footer Format"). All are stored with the most
// significant byte first.
const (
	vhdCookie   = "conectix"
	vhdFeatures = 2 // this bit is reserved and always set
	vhdVersion  = 0x00010000
	vhdFixed    = 2
	vhdNoOffset = 1<<64 - 1 // a fixed disk has no dynamic header
	// vhdCreator is what Windows writes. Readers take the size of other creators'
	// disks from the geometry, which is a little less.
	vhdCreator        = "win "
	vhdCreatorVersion = 0x000a0000
	vhdHost           = "Wi2k"
	vhdChecksumAt     = 64

	// vhdBlock is what Azure wants a disk's size to be a multiple of, in bytes
	// ("Prepare a Windows VHD or VHDX to upload to Azure", "Resize and convert").
	vhdBlock = 1 << 20
	// maxVHD is the largest disk of Hyper-V and Azure, in bytes.
	maxVHD = 2040 << 30
)

// NewVHD lays out a VHD of fixed size, for Azure and Hyper-V: the image filled up
// to a full MiB, and a footer.
func NewVHD(image content.Content) (*Layout, error) {
	l := &Layout{format: "VHD", size: image.Size(), block: vhdBlock, foot: sectorSize}
	l.render = func(id uuid) (head, foot []byte) { return nil, vhdFooter(l.blocks()*l.block, id) }
	return l.around(image, maxVHD)
}

func vhdFooter(capacity int64, id uuid) []byte {
	cylinders, heads, perTrack := vhdGeometry(capacity / sectorSize)
	f := struct {
		Cookie            [8]byte
		Features, Version uint32
		DataOffset        uint64
		Time              uint32 // seconds since 2000: fixed, as all dates are
		Creator           [4]byte
		CreatorVersion    uint32
		Host              [4]byte
		Original, Current uint64
		Cylinders         uint16
		Heads, PerTrack   uint8
		Type, Checksum    uint32
		ID                uuid
		Saved             uint8
		_                 [427]byte
	}{
		Cookie: [8]byte([]byte(vhdCookie)), Features: vhdFeatures, Version: vhdVersion, DataOffset: vhdNoOffset,
		Creator: [4]byte([]byte(vhdCreator)), CreatorVersion: vhdCreatorVersion, Host: [4]byte([]byte(vhdHost)),
		Original: uint64(capacity), Current: uint64(capacity),
		Cylinders: cylinders, Heads: heads, PerTrack: perTrack, Type: vhdFixed, ID: id,
	}
	b := encode(binary.BigEndian, f)
	var sum uint32
	for _, c := range b {
		sum += uint32(c)
	}
	binary.BigEndian.PutUint32(b[vhdChecksumAt:], ^sum)
	return b
}

// vhdGeometry is the specification's "CHS Calculation".
func vhdGeometry(sectors int64) (cylinders uint16, heads, perTrack uint8) {
	sectors = min(sectors, 65535*16*255)
	if sectors >= 65535*16*63 {
		return uint16(sectors / 255 / 16), 16, 255
	}
	perTrack = 17
	tracks := sectors / 17
	heads = uint8(max(4, pieces(tracks, 1024)))
	if tracks >= int64(heads)*1024 || heads > 16 {
		perTrack, heads, tracks = 31, 16, sectors/31
	}
	if tracks >= int64(heads)*1024 {
		perTrack, heads, tracks = 63, 16, sectors/63
	}
	return uint16(tracks / int64(heads)), heads, perTrack
}
