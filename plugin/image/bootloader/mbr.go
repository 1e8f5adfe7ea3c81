package bootloader

import "encoding/binary"

// Places in a hybrid boot record (syslinux: mbr/isohdpfx.S and
// utils/isohybrid.c, initialise_mbr).
const (
	mbrSize       = 512
	mbrLoaderAt   = 432 // sector of isolinux.bin, 64 bits
	mbrIDAt       = 440
	mbrPartition  = 446
	mbrSignature  = 510
	diskSector    = 512
	partitionBoot = 0x80
	// partitionType marks a hidden ISO 9660 or NTFS, as isohybrid does.
	partitionType = 0x17

	// The geometry that isohybrid pretends: a cylinder is 1 MiB.
	heads, perTrack = 64, 32
	maxCylinder     = 1023
)

// HybridMBR makes a boot record by which a disk that holds the bytes of a CD
// image starts the image's ISOLINUX. loader is where isolinux.bin is and size
// how long the image is, both in bytes; id tells disks apart.
func (l Isolinux) HybridMBR(loader, size int64, id uint32) []byte {
	b := make([]byte, mbrSize)
	copy(b, l.MBR)
	binary.LittleEndian.PutUint64(b[mbrLoaderAt:], uint64(loader/diskSector))
	writePartition(b, size, id)
	return b
}

// writePartition makes the start of a disk one whose only partition is all of
// it. Some firmware starts no other.
func writePartition(b []byte, size int64, id uint32) {
	binary.LittleEndian.PutUint32(b[mbrIDAt:], id)
	sectors := uint32((size + diskSector - 1) / diskSector)
	p := b[mbrPartition:]
	p[0], p[4] = partitionBoot, partitionType
	copy(p[1:], chs(0))
	copy(p[5:], chs(sectors-1))
	binary.LittleEndian.PutUint32(p[12:], sectors) // from sector 0
	binary.LittleEndian.PutUint16(b[mbrSignature:], 0xaa55)
}

// chs is a sector's head, sector and cylinder in a partition entry's 3 bytes.
func chs(sector uint32) []byte {
	cylinder := min(sector/(heads*perTrack), maxCylinder)
	head := sector / perTrack % heads
	return []byte{byte(head), byte(sector%perTrack+1) | byte(cylinder>>8<<6), byte(cylinder)}
}
