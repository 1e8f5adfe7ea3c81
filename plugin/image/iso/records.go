package iso

import (
	"encoding/binary"
	"unicode/utf16"
)

// view is one of the two trees over the same files.
type view int

const (
	primary view = iota // ISO 9660 names, with Rock Ridge's beside them
	joliet              // names in UCS-2
)

// extentOf is where a file or folder is in a view. Both share the files.
func (n *node) extentOf(v view) extent {
	if n.dir && v == joliet {
		return n.joliet
	}
	return extent{n.lba, n.size}
}

// identifierOf is a name as a view's records have it.
func (n *node) identifierOf(v view) []byte {
	if v == primary {
		return []byte(n.id)
	}
	name := n.name
	if !n.dir {
		name += ";1"
	}
	return ucs2(name)
}

// ucs2 is Joliet's encoding: UCS-2, big-endian.
func ucs2(s string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, unit)
	}
	return b
}

// Identifiers of a folder's first two records (ECMA-119, 6.8.2.2).
var (
	selfID   = []byte{0}
	parentID = []byte{1}
)

const (
	flagDirectory = 1 << 1
	// maxRecord: a record's length is a byte.
	maxRecord = 255
)

// directory is the content of the folder d: full sectors. No record crosses
// the boundary of one (ECMA-119, 6.8.1.1).
func directory(d *node, v view) []byte {
	records := [][]byte{
		record(d, v, selfID, selfEntries(d, v)),
		record(d.up(), v, parentID, parentEntries(d, v)),
	}
	for _, c := range d.ordered(v) {
		records = append(records, record(c, v, c.identifierOf(v), childEntries(c, v)))
	}
	var b []byte
	for _, r := range records {
		if left := SectorSize - len(b)%SectorSize; len(r) > left {
			b = append(b, make([]byte, left)...)
		}
		b = append(b, r...)
	}
	return fill(b)
}

// record describes one file or folder (ECMA-119, 9.1). system is what Rock
// Ridge adds. The date is all zeros, "not specified".
func record(n *node, v view, id, system []byte) []byte {
	e := n.extentOf(v)
	b := make([]byte, 33, maxRecord)
	copy(b[2:], both32(e.lba))
	copy(b[10:], both32(e.size))
	if n.dir {
		b[25] = flagDirectory
	}
	copy(b[28:], both16(1)) // volume sequence number
	b[32] = byte(len(id))
	b = append(b, id...)
	if len(id)%2 == 0 {
		b = append(b, 0)
	}
	b = append(b, system...)
	if len(b)%2 == 1 {
		b = append(b, 0)
	}
	b[0] = byte(len(b))
	return b
}

// order is the byte order of a path table.
type order interface {
	binary.AppendByteOrder
}

var (
	little order = binary.LittleEndian
	big    order = binary.BigEndian
)

// pathTable lists all folders (ECMA-119, 9.4).
func pathTable(dirs []*node, v view, o order) []byte {
	var b []byte
	for _, d := range dirs {
		id := d.identifierOf(v)
		if d.parent == nil {
			id = selfID
		}
		b = append(b, byte(len(id)), 0)
		b = o.AppendUint32(b, d.extentOf(v).lba)
		b = o.AppendUint16(b, d.up().number[v])
		b = append(b, id...)
		if len(id)%2 == 1 {
			b = append(b, 0)
		}
	}
	return b
}

// both16 and both32 are numbers in both byte orders (ECMA-119, 7.2.3, 7.3.3).
func both16(n uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, n), n)
}

func both32(n uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, n), n)
}

// fill pads b with zeros to full sectors.
func fill(b []byte) []byte {
	return append(b, make([]byte, (SectorSize-len(b)%SectorSize)%SectorSize)...)
}
