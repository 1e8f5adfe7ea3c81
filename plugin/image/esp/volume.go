package esp

import (
	"encoding/binary"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

const (
	sector = 512
	// The first sector is the file system's own description; then there are two
	// tables, each of an even number of sectors, and the root's entries: so many
	// that what follows is on a multiple of Align.
	reserved    = 1
	tables      = 2
	rootSectors = 3
	maxCluster  = 32 << 10
	// FAT12 has fewer than 4085 clusters, FAT16 fewer than 65525 (section 3.5).
	// Readers that are off by some are given no chance to be.
	max12 = 4085 - 16
	max16 = 65525 - 16
	// firstCluster is the number of the first one (section 4).
	firstCluster = 2
	media        = 0xf8
)

// volume is a file system's geometry.
type volume struct {
	id           uint32
	cluster      int64 // bytes
	clusters     uint32
	bits         int    // of an entry of the table
	tableSectors uint32 // of one
}

// geometry finds the smallest cluster by which FAT12 holds all of it, since small
// tables and clusters waste least; FAT16 where none does.
func geometry(all []*node) (volume, error) {
	v := volume{cluster: Align, bits: 12}
	for v.count(all); v.clusters > max12 && v.cluster < maxCluster; v.count(all) {
		v.cluster *= 2
	}
	if v.clusters > max12 {
		v.bits = 16
	}
	if v.clusters > max16 {
		return volume{}, errors.Errorf("EFI system partition: the files are larger than the %d MiB it can have", max16*maxCluster>>20)
	}
	bytes := (int64(firstCluster+v.clusters)*int64(v.bits) + 7) / 8
	v.tableSectors = uint32((bytes+2*sector-1)/(2*sector)) * 2
	return v, nil
}

// count counts the clusters that all takes.
func (v *volume) count(all []*node) {
	v.clusters = 0
	for _, n := range all {
		v.clusters += v.take(n)
	}
}

// take is how many clusters a file or a folder takes.
func (v volume) take(n *node) uint32 {
	if n.dir() {
		return 1
	}
	return uint32((n.size() + v.cluster - 1) / v.cluster)
}

// place gives everything its clusters, in a row.
func (v volume) place(root *node, all []*node) error {
	if len(root.entries()) > rootSectors*sector {
		return errors.New("EFI system partition: too many files in /")
	}
	next := uint32(firstCluster)
	for _, n := range all {
		if n.dir() && int64(len(n.entries())) > v.cluster {
			return errors.Errorf("EFI system partition: too many files in %s", n.path())
		}
		n.cluster = next
		next += v.take(n)
	}
	return nil
}

// tableAt, rootAt and offset are places in bytes.
func (v volume) tableAt(i uint32) int64 { return int64(reserved+i*v.tableSectors) * sector }
func (v volume) rootAt() int64          { return v.tableAt(tables) }
func (v volume) offset(cluster uint32) int64 {
	return v.rootAt() + rootSectors*sector + int64(cluster-firstCluster)*v.cluster
}
func (v volume) size() int64 { return v.offset(firstCluster + v.clusters) }

// content is all the bytes: what describes the files, and then each cluster's.
func (v volume) content(root *node, all []*node) content.Content {
	head := make([]byte, v.offset(firstCluster))
	v.describe(head)
	table := v.table(all)
	for i := range uint32(tables) {
		copy(head[v.tableAt(i):], table)
	}
	copy(head[v.rootAt():], root.entries())
	parts := []content.Content{content.Bytes(head)}
	for _, n := range all {
		c := n.content
		if n.dir() {
			c = content.Bytes(n.entries())
		}
		parts = append(parts, c, content.Zeros(int64(v.take(n))*v.cluster-c.Size()))
	}
	return content.Concat(parts...)
}

// describe writes the boot sector (sections 3.1 and 3.2), in which there is
// nothing to boot.
func (v volume) describe(b []byte) {
	le := binary.LittleEndian
	copy(b, "\xeb\x3c\x90SCRATCH ")
	le.PutUint16(b[11:], sector)
	b[13] = byte(v.cluster / sector)
	le.PutUint16(b[14:], reserved)
	b[16] = tables
	le.PutUint16(b[17:], rootSectors*sector/entrySize)
	if all := v.size() / sector; all < 1<<16 {
		le.PutUint16(b[19:], uint16(all))
	} else {
		le.PutUint32(b[32:], uint32(all))
	}
	b[21] = media
	le.PutUint16(b[22:], uint16(v.tableSectors))
	le.PutUint16(b[24:], 32) // sectors of a track and heads, as the disk's table pretends
	le.PutUint16(b[26:], 64)
	b[36], b[38] = 0x80, 0x29 // a hard disk; what follows is there
	le.PutUint32(b[39:], v.id)
	copy(b[43:], "NO NAME    FAT12   ")
	if v.bits == 16 {
		copy(b[54:], "FAT16   ")
	}
	le.PutUint16(b[510:], 0xaa55)
}
