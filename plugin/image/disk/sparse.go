package disk

import (
	"encoding/binary"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// Numbers of the monolithicSparse VMDK ("Virtual Disk Format 5.0", VMware
// technical note, 2011: "Hosted Sparse Extents").
const (
	sparseVersion = 1
	// sparseFlags: line ends can be checked, and there is a second directory.
	sparseFlags = vmdkLineEnds | 1<<1
	// sparseDescriptor is the room for the descriptor in sectors, as VMware has it.
	sparseDescriptor = 20
)

// NewSparseVMDK lays out a monolithicSparse VMDK, which VMware Workstation and
// Fusion start a machine from. Every grain is in the file. name is the file's
// own, without its folder, which the descriptor repeats.
func NewSparseVMDK(image content.Content, name string) (*Layout, error) {
	if name == "" || strings.ContainsAny(name, "\"/\\\n") {
		return nil, errors.Errorf("VMDK: %q cannot be the file's name in its descriptor: choose another", name)
	}
	l := &Layout{format: "VMDK", size: image.Size(), block: grainSize}
	s := newSparse(l.blocks())
	l.head = s.head * sectorSize
	l.render = func(id uuid) ([]byte, []byte) { return s.tables(name, id), nil }
	return l.around(image, maxVMDK)
}

// sparseExtent is where the parts are. All but grains are counted in sectors.
type sparseExtent struct {
	grains    int64
	count     int64 // grain tables
	directory int64 // the size of a directory
	redundant int64 // where the second directory is, and behind it its tables
	primary   int64
	head      int64
}

// tableSectors is the size of a grain table.
const tableSectors = tableEntries * 4 / sectorSize

func newSparse(grains int64) sparseExtent {
	s := sparseExtent{grains: grains, count: pieces(grains, tableEntries)}
	s.directory = pieces(s.count*4, sectorSize)
	one := s.directory + s.count*tableSectors
	s.redundant = descriptorAt + sparseDescriptor
	s.primary = s.redundant + one
	s.head = pieces(s.primary+one, grainSectors) * grainSectors
	return s
}

// tables returns all that comes before the first grain.
func (s sparseExtent) tables(name string, id uuid) []byte {
	sectors := uint64(s.grains) * grainSectors
	h := newVMDKHeader(sectors)
	h.Version, h.Flags, h.DescriptorSectors = sparseVersion, sparseFlags, sparseDescriptor
	h.RedundantDirectory, h.Directory, h.Overhead = uint64(s.redundant), uint64(s.primary), uint64(s.head)
	cid := binary.BigEndian.Uint32(id[:]) &^ (1 << 31) // a number of its own means "none"
	text := descriptor{Type: "monolithicSparse", CID: cid, Sectors: sectors, File: name, Adapter: "lsilogic"}.text()

	head := make([]byte, s.head*sectorSize)
	copy(head, encode(binary.LittleEndian, h))
	copy(head[descriptorAt*sectorSize:][:sparseDescriptor*sectorSize], text)
	for _, at := range []int64{s.redundant, s.primary} {
		directory := head[at*sectorSize:]
		first := at + s.directory
		for table := range s.count {
			binary.LittleEndian.PutUint32(directory[4*table:], uint32(first+table*tableSectors))
		}
		table := head[first*sectorSize:]
		for grain := range s.grains {
			binary.LittleEndian.PutUint32(table[4*grain:], uint32(s.head+grain*grainSectors))
		}
	}
	return head
}
