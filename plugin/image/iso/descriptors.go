package iso

import (
	"encoding/binary"
	"strings"
)

// Types of volume descriptors (ECMA-119, 8.1.1).
const (
	typeBootRecord    = 0
	typePrimary       = 1
	typeSupplementary = 2
	typeTerminator    = 255
)

// jolietLevel3 is the escape sequence of UCS-2 level 3 (Joliet, "SVD Escape
// Sequences").
const jolietLevel3 = "%/E"

// descriptors are the sectors from 16 on.
func (l *Layout) descriptors() []byte {
	b := make([]byte, 0, (firstFree-systemSectors)*SectorSize)
	b = append(b, l.volume(primary)...)
	b = append(b, l.bootRecord()...)
	b = append(b, l.volume(joliet)...)
	return append(b, descriptor(typeTerminator)...)
}

func descriptor(kind byte) []byte {
	d := make([]byte, SectorSize)
	d[0] = kind
	copy(d[1:], "CD001")
	d[6] = 1 // version
	return d
}

// volume is the primary or the Joliet descriptor (ECMA-119, 8.4 and 8.5).
func (l *Layout) volume(v view) []byte {
	kind, tables, text := byte(typePrimary), l.tables, func(s string, n int) []byte { return []byte(spaces(s, n)) }
	if v == joliet {
		kind, tables = typeSupplementary, l.jolietTables
		text = func(s string, n int) []byte { return ucs2(spaces(s, n/2)) }
	}
	d := descriptor(kind)
	copy(d[8:40], text("", 32)) // system
	copy(d[40:72], text(l.image.VolumeID, 32))
	copy(d[80:], both32(l.sectors))
	if v == joliet {
		copy(d[88:], jolietLevel3)
	}
	copy(d[120:], both16(1)) // volumes in the set
	copy(d[124:], both16(1)) // this one's number
	copy(d[128:], both16(SectorSize))
	copy(d[132:], both32(tables.size))
	binary.LittleEndian.PutUint32(d[140:], tables.little)
	binary.BigEndian.PutUint32(d[148:], tables.big)
	copy(d[156:], record(l.root, v, selfID, nil))
	// Volume set, publisher, preparer, application; then three file names.
	for _, field := range [][2]int{{190, 128}, {318, 128}, {446, 128}, {574, 128}, {702, 37}, {739, 37}, {776, 37}} {
		copy(d[field[0]:field[0]+field[1]], text("", field[1]))
	}
	for at := 813; at < 881; at += 17 { // creation, modification, expiration, effect
		copy(d[at:], strings.Repeat("0", 16)) // "not specified" (8.4.26.1)
	}
	d[881] = 1 // version of the file structure
	return d
}

func spaces(s string, n int) string { return s + strings.Repeat(" ", n-len(s)) }
