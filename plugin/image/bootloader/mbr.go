package bootloader

import "encoding/binary"

// Places in a hybrid boot record (syslinux: mbr/isohdpfx.S and
// utils/isohybrid.c, initialise_mbr).
const (
	mbrSize       = 512
	mbrLoaderAt   = 432 // sector of isolinux.bin, 64 bits
	mbrIDAt       = 440
	mbrPartition  = 446
	mbrEntrySize  = 16
	mbrSignature  = 510
	diskSector    = 512
	partitionBoot = 0x80
	// typeHidden marks a hidden ISO 9660 or NTFS, as isohybrid does. UEFI firmware
	// takes no table whose partitions overlap (EDK2: PartitionDxe/Mbr.c,
	// PartitionValidMbr), but passes over those of typeNone.
	typeHidden = 0x17
	typeNone   = 0x00
	typeEFI    = 0xef // EFI system partition (UEFI 2.10, 5.2.2)

	// The geometry that isohybrid pretends: a cylinder is 1 MiB.
	heads, perTrack = 64, 32
	maxCylinder     = 1023
)

// Disk is what the start of an image says of it as a disk.
type Disk struct {
	// Size is the whole image's in bytes.
	Size int64
	// ID tells disks apart.
	ID uint32
	// ESP is where the EFI system partition is; of no size if there is none.
	ESP Extent
}

// HybridMBR makes a boot record by which a disk that holds the bytes of a CD
// image starts the image's ISOLINUX, which is loader bytes from its start.
func (l Isolinux) HybridMBR(loader int64, disk Disk) []byte {
	b := make([]byte, mbrSize)
	copy(b, l.MBR)
	binary.LittleEndian.PutUint64(b[mbrLoaderAt:], uint64(loader/diskSector))
	disk.write(b)
	return b
}

// Record is a boot record with nothing to start by BIOS.
func (d Disk) Record() []byte {
	b := make([]byte, mbrSize)
	d.write(b)
	return b
}

// write makes the start of a disk one whose first partition is all of it. Some
// firmware starts no other.
func (d Disk) write(b []byte) {
	binary.LittleEndian.PutUint32(b[mbrIDAt:], d.ID)
	kind := byte(typeHidden)
	if d.ESP.Size > 0 {
		kind = typeNone
		writePartition(b[mbrPartition+mbrEntrySize:], typeEFI, d.ESP.Sector*(2048/diskSector), inSectors(int64(d.ESP.Size)))
	}
	writePartition(b[mbrPartition:], kind, 0, inSectors(d.Size))
	b[mbrPartition] = partitionBoot
	binary.LittleEndian.PutUint16(b[mbrSignature:], 0xaa55)
}

// writePartition writes an entry of the partition table.
func writePartition(p []byte, kind byte, first, sectors uint32) {
	p[4] = kind
	copy(p[1:], chs(first))
	copy(p[5:], chs(first+sectors-1))
	binary.LittleEndian.PutUint32(p[8:], first)
	binary.LittleEndian.PutUint32(p[12:], sectors)
}

func inSectors(bytes int64) uint32 { return uint32((bytes + diskSector - 1) / diskSector) }

// chs is a sector's head, sector and cylinder in a partition entry's 3 bytes.
func chs(sector uint32) []byte {
	cylinder := min(sector/(heads*perTrack), maxCylinder)
	head := sector / perTrack % heads
	return []byte{byte(head), byte(sector%perTrack+1) | byte(cylinder>>8<<6), byte(cylinder)}
}
