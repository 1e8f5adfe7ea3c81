package disk

import "fmt"

// Numbers of the VMDK's sparse extents ("Virtual Disk Format 5.0", VMware
// technical note, 2011: "Hosted Sparse Extents").
const (
	sectorSize = 512
	// grainSize is how much is stored as one, in bytes.
	grainSize    = 128 * sectorSize
	grainSectors = grainSize / sectorSize
	// tableEntries is the number of grains that one grain table locates.
	tableEntries = 512

	vmdkMagic = 0x564d444b // "KDMV"
	// vmdkLineEnds: the header tells whether a transfer as text broke the file.
	vmdkLineEnds = 1 << 0
	descriptorAt = 1 // sector

	// maxVMDK is what sectors of 32 bits locate, in bytes.
	maxVMDK = (1<<32 - 1) * sectorSize
)

// vmdkHeader is the first sector, SparseExtentHeader.
type vmdkHeader struct {
	Magic, Version, Flags           uint32
	Capacity, GrainSectors          uint64
	DescriptorAt, DescriptorSectors uint64
	TableEntries                    uint32
	RedundantDirectory, Directory   uint64
	Overhead                        uint64
	Unclean                         byte
	LineEnds                        [4]byte
	Algorithm                       uint16
	_                               [433]byte
}

// newVMDKHeader returns what all extents of so many sectors have in common.
func newVMDKHeader(sectors uint64) vmdkHeader {
	return vmdkHeader{
		Magic: vmdkMagic, Capacity: sectors, GrainSectors: grainSectors, DescriptorAt: descriptorAt,
		TableEntries: tableEntries, LineEnds: [4]byte{'\n', ' ', '\r', '\n'},
	}
}

// descriptor is a VMDK's part in text ("The Descriptor File").
type descriptor struct {
	Type    string
	CID     uint32 // changes with the content
	Sectors uint64
	File    string // the extent's, which is the one that the descriptor is in
	Adapter string
}

func (d descriptor) text() []byte {
	const heads, perTrack = 255, 63 // the geometry of a large disk on AHCI and SCSI
	cylinders := max(1, d.Sectors/(heads*perTrack))
	return fmt.Appendf(nil, `# Disk DescriptorFile
version=1
CID=%08x
parentCID=ffffffff
createType="%s"

# Extent description
RW %d SPARSE "%s"

# The Disk Data Base
ddb.virtualHWVersion = "4"
ddb.adapterType = "%s"
ddb.geometry.cylinders = "%d"
ddb.geometry.heads = "%d"
ddb.geometry.sectors = "%d"
`, d.CID, d.Type, d.Sectors, d.File, d.Adapter, cylinders, heads, perTrack)
}
