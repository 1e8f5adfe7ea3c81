// Package disk writes virtual disks that hold a given image.
package disk

import (
	"context"
	"encoding/binary"
	"io"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// Numbers of the streamOptimized VMDK ("Virtual Disk Format 5.0", VMware
// technical note, 2011: "Stream-Optimized Compressed Sparse Extents").
const (
	// streamVersion 3 is what ESXi asks of compressed extents.
	streamVersion = 3
	// streamFlags: line ends can be checked, grains are compressed, markers present.
	streamFlags   = vmdkLineEnds | 1<<16 | 1<<17
	streamDeflate = 1
	directoryAt   = ^uint64(0) // GD_AT_END: look in the footer

	// streamDescriptor is the size of the descriptor in sectors: it fills the
	// space up to the first grain.
	streamDescriptor = 127

	markerEndOfStream = 0
	markerTable       = 1
	markerDirectory   = 2
	markerFooter      = 3
)

// Capacity is the size in bytes of the virtual disk that holds an image of
// size bytes: the next full sector.
func Capacity(size int64) int64 {
	return (size + sectorSize - 1) / sectorSize * sectorSize
}

// WriteVMDK writes an image as a streamOptimized VMDK: compressed, without its
// empty grains. The same image always makes the same disk, on any number of
// processors. It ends soon after ctx does.
func WriteVMDK(ctx context.Context, w io.Writer, image content.Content) error {
	capacity := Capacity(image.Size())
	if capacity <= 0 || capacity > maxVMDK {
		return errors.Errorf("VMDK: the image has %d bytes: it must have from 1 byte to 2 TiB", image.Size())
	}
	v := vmdk{w: w, sectors: uint64(capacity / sectorSize)}
	v.write(v.header(directoryAt))
	v.write(padded(v.descriptor(), streamDescriptor*sectorSize))
	if v.err != nil {
		return errors.Wrap(v.err, "VMDK: writing the header")
	}
	if err := compressGrains(ctx, image, v.grain); err != nil {
		return errors.Wrap(err, "VMDK: writing the image")
	}
	v.finish()
	return errors.Wrap(v.err, "VMDK: writing the tables")
}

// vmdk is a disk being written.
type vmdk struct {
	w       io.Writer
	sectors uint64 // capacity
	at      int64  // bytes written so far, always full sectors
	err     error  // the first of a write

	table     [tableEntries]uint32 // sectors of the grains of the current table
	tableUsed bool
	directory []uint32 // sectors of the tables, 0 for an empty one
	grains    int      // read so far
}

func (v *vmdk) write(p []byte) {
	if v.err == nil {
		_, v.err = v.w.Write(p)
		v.at += int64(len(p))
	}
}

func (v *vmdk) sector() uint32 { return uint32(v.at / sectorSize) }

// grain takes the next grain, compressed; nil for one that is all zeros.
func (v *vmdk) grain(compressed []byte) error {
	index := v.grains % tableEntries
	if compressed != nil {
		v.table[index], v.tableUsed = v.sector(), true
		// A grain's marker: its first sector on the disk and its length.
		record := make([]byte, 12, len(compressed)+12+sectorSize)
		binary.LittleEndian.PutUint64(record, uint64(v.grains)*grainSectors)
		binary.LittleEndian.PutUint32(record[8:], uint32(len(compressed)))
		record = append(record, compressed...)
		v.write(padded(record, sectorSize))
	}
	v.grains++
	if index == tableEntries-1 {
		v.endTable()
	}
	return v.err
}

// endTable writes the current grain table, unless it is empty.
func (v *vmdk) endTable() {
	if !v.tableUsed {
		v.directory = append(v.directory, 0)
		return
	}
	table := words(v.table[:])
	v.write(marker(markerTable, len(table)/sectorSize))
	v.directory = append(v.directory, v.sector())
	v.write(table)
	v.table, v.tableUsed = [tableEntries]uint32{}, false
}

// finish writes the last table, the directory, the footer, which says where
// the directory is, and the end.
func (v *vmdk) finish() {
	if v.grains%tableEntries != 0 {
		v.endTable()
	}
	directory := padded(words(v.directory), sectorSize)
	v.write(marker(markerDirectory, len(directory)/sectorSize))
	at := uint64(v.sector())
	v.write(directory)
	v.write(marker(markerFooter, 1))
	v.write(v.header(at))
	v.write(marker(markerEndOfStream, 0))
}

func (v *vmdk) header(directory uint64) []byte {
	h := newVMDKHeader(v.sectors)
	h.Version, h.Flags, h.Algorithm = streamVersion, streamFlags, streamDeflate
	h.DescriptorSectors, h.Directory, h.Overhead = streamDescriptor, directory, descriptorAt+streamDescriptor
	return encode(binary.LittleEndian, h)
}

// descriptor is the text part. The content id tells a parent from its children,
// and there are none.
func (v *vmdk) descriptor() []byte {
	return descriptor{Type: "streamOptimized", CID: 0x5c7a7c40, Sectors: v.sectors, File: "box-disk001.vmdk", Adapter: "ide"}.text()
}

// marker precedes a table, the directory, the footer and the end of the stream.
func marker(kind uint32, sectors int) []byte {
	m := make([]byte, sectorSize)
	binary.LittleEndian.PutUint64(m, uint64(sectors))
	binary.LittleEndian.PutUint32(m[12:], kind)
	return m
}

func words(values []uint32) []byte {
	b := make([]byte, 0, len(values)*4)
	for _, value := range values {
		b = binary.LittleEndian.AppendUint32(b, value)
	}
	return b
}

// padded fills b with zeros up to a multiple of n.
func padded(b []byte, n int) []byte {
	return append(b, make([]byte, (n-len(b)%n)%n)...)
}
