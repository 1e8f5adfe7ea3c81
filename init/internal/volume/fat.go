package volume

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/pkg/errors"
)

// fat is a FAT file system ("Microsoft Extensible Firmware Initiative FAT32 File System
// Specification", 1.03). Offsets are in bytes.
type fat struct {
	disk        io.ReaderAt
	bits        int // of a table entry: 12, 16 or 32
	table       int64
	root        int64 // the fixed place of the root folder, if bits is not 32
	rootSize    int64
	rootCluster uint32 // first cluster of the root folder, if bits is 32
	data        int64
	cluster     int64 // size
	clusters    uint32
	name        string // the label in the boot sector
}

// Below these numbers of clusters, the table's entries have 12 or 16 bits
// (specification, "FAT Type Determination").
const (
	mostFAT12 = 4085
	mostFAT16 = 65525
)

func openFAT(disk io.ReaderAt) (fat, error) {
	none := errors.New("there is no FAT file system")
	b := make([]byte, 512)
	if err := read(disk, b, 0); err != nil || b[510] != 0x55 || b[511] != 0xaa {
		return fat{}, none
	}
	word := func(at int) int64 { return int64(binary.LittleEndian.Uint16(b[at:])) }
	long := func(at int) int64 { return int64(binary.LittleEndian.Uint32(b[at:])) }
	sector, perCluster, reserved, tables := word(11), int64(b[13]), word(14), int64(b[16])
	entries, total, tableSize := word(17), word(19), word(22)
	if total == 0 {
		total = long(32)
	}
	if tableSize == 0 {
		tableSize = long(36)
	}
	powers := perCluster&(perCluster-1) | sector&(sector-1)
	if sector < 512 || sector > 4096 || perCluster == 0 || powers != 0 || reserved == 0 || tables == 0 || tables > 2 || tableSize == 0 || b[21] < 0xf0 {
		return fat{}, none
	}
	f := fat{disk: disk, table: reserved * sector, cluster: sector * perCluster, rootSize: entries * 32}
	f.root = f.table + tables*tableSize*sector
	f.data = f.root + (f.rootSize+sector-1)/sector*sector
	clusters := (total*sector - f.data) / f.cluster
	if clusters <= 0 {
		return fat{}, none
	}
	f.clusters = uint32(clusters)
	switch {
	case clusters < mostFAT12:
		f.bits = 12
	case clusters < mostFAT16:
		f.bits = 16
	default:
		f.bits, f.rootCluster = 32, uint32(long(44))
	}
	label := b[43:54]
	if f.bits == 32 {
		label = b[71:82]
	}
	f.name = strings.TrimRight(string(label), " \x00")
	return f, nil
}

// next returns the cluster that follows a cluster in a file.
func (f fat) next(cluster uint32) (uint32, error) {
	b := make([]byte, 4)
	at, length := int64(cluster)*int64(f.bits)/8, (f.bits+7)/8
	if err := read(f.disk, b[:length], f.table+at); err != nil {
		return 0, err
	}
	value := binary.LittleEndian.Uint32(b)
	switch {
	case f.bits == 12 && cluster%2 == 1:
		value >>= 4
	case f.bits == 12:
		value &= 0xfff
	}
	return value & 0x0fffffff, nil
}

// chain reads size bytes of a file or folder, cluster by cluster, or all of it if it is
// shorter.
func (f fat) chain(cluster uint32, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, errors.Errorf("it has %d bytes, more than the limit of %d", size, limit)
	}
	var all []byte
	for int64(len(all)) < size && cluster >= 2 && cluster < f.clusters+2 {
		piece, err := readFrom(f.disk, f.data+int64(cluster-2)*f.cluster, f.cluster, f.cluster)
		if err != nil {
			return nil, err
		}
		all = append(all, piece...)
		if cluster, err = f.next(cluster); err != nil {
			return nil, err
		}
	}
	return all[:min(size, int64(len(all)))], nil
}

func (f fat) rootFolder() ([]byte, error) {
	if f.bits == 32 {
		return f.chain(f.rootCluster, maxFolder, maxFolder)
	}
	return readFrom(f.disk, f.root, f.rootSize, 1<<21)
}

// The attributes of a folder's entries. Each entry has 32 bytes.
const (
	attrLabel  = 0x08
	attrFolder = 0x10
	attrLong   = 0x0f // a piece of the next entry's long name
	attrMask   = 0x3f
	erased     = 0xe5
)

// label returns the label in the root folder, or else the one in the boot sector.
func (f fat) label() string {
	folder, err := f.rootFolder()
	for ; err == nil && len(folder) >= 32 && folder[0] != 0; folder = folder[32:] {
		if attr := folder[11] & attrMask; folder[0] != erased && attr != attrLong && attr&attrLabel != 0 {
			return strings.TrimRight(string(folder[:11]), " ")
		}
	}
	return f.name
}

func (f fat) walk(take visit) error {
	folder, err := f.rootFolder()
	if err != nil {
		return errors.Wrap(err, "reading the root folder")
	}
	long := ""
	for ; len(folder) >= 32 && folder[0] != 0; folder = folder[32:] {
		entry := folder[:32]
		attr := entry[11] & attrMask
		if attr == attrLong && entry[0] != erased {
			long = longName(entry) + long // the last piece comes first
			continue
		}
		name := long
		long = ""
		if entry[0] == erased || attr&(attrLabel|attrFolder) != 0 {
			continue
		}
		if name == "" {
			name = shortName(entry)
		}
		first := uint32(binary.LittleEndian.Uint16(entry[20:]))<<16 | uint32(binary.LittleEndian.Uint16(entry[26:]))
		size := int64(binary.LittleEndian.Uint32(entry[28:]))
		if err := take(name, func() ([]byte, error) { return f.chain(first, size, maxFile) }); err != nil {
			return err
		}
	}
	return nil
}

// longName returns the piece of a name that an entry holds: 13 characters of UTF-16. A
// 0 ends the name, and 0xffff fills the rest.
func longName(entry []byte) string {
	var units []uint16
	for _, part := range [][]byte{entry[1:11], entry[14:26], entry[28:32]} {
		for ; len(part) > 0; part = part[2:] {
			unit := binary.LittleEndian.Uint16(part)
			if unit == 0 || unit == 0xffff {
				return string(utf16.Decode(units))
			}
			units = append(units, unit)
		}
	}
	return string(utf16.Decode(units))
}

func shortName(entry []byte) string {
	name := string(bytes.TrimRight(entry[:8], " "))
	if extension := string(bytes.TrimRight(entry[8:11], " ")); extension != "" {
		name += "." + extension
	}
	return name
}
