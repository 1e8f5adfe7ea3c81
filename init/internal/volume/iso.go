package volume

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/pkg/errors"
)

// An ISO 9660 file system (ECMA-119) starts with descriptors from sector 16 on. Each
// takes one sector, and the last has type 255. The primary descriptor (8.4) and
// Joliet's descriptor, which is a supplementary one, each point to a root folder.
const (
	isoSector       = 2048
	isoFirst        = 16
	isoMost         = 32 // how many descriptors are read
	isoPrimary      = 1
	isoSupplement   = 2
	isoTerminator   = 255
	offISOLabel     = 40
	lenISOLabel     = 32
	offISOEscape    = 88
	offISORoot      = 156
	isoRecordLength = 33 // length of a folder's record (9.1) before the name
	isoFolderFlag   = 2
)

type iso struct {
	disk   io.ReaderAt
	label  string
	root   isoFile
	joliet isoFile // size 0 if there is none
}

// isoFile is the place of a file or a folder on the disk.
type isoFile struct{ sector, size int64 }

func openISO(disk io.ReaderAt) (iso, error) {
	i := iso{disk: disk}
	found := false
	for n := range int64(isoMost) {
		d := make([]byte, isoSector)
		if err := read(disk, d, (isoFirst+n)*isoSector); err != nil || string(d[1:6]) != "CD001" || d[0] == isoTerminator {
			break
		}
		root := isoFileOf(d[offISORoot:])
		switch {
		case d[0] == isoPrimary:
			i.root, found = root, true
			i.label = strings.TrimRight(string(d[offISOLabel:offISOLabel+lenISOLabel]), " \x00")
		case d[0] == isoSupplement && isJoliet(d[offISOEscape:]):
			i.joliet = root
		}
	}
	if !found {
		return i, errors.New("there is no ISO 9660 file system")
	}
	return i, nil
}

// isJoliet recognizes the escape sequences for UCS-2 at levels 1 to 3 (Joliet
// Specification, "SVD escape sequences field").
func isJoliet(escape []byte) bool {
	return bytes.HasPrefix(escape, []byte("%/@")) || bytes.HasPrefix(escape, []byte("%/C")) || bytes.HasPrefix(escape, []byte("%/E"))
}

func isoFileOf(record []byte) isoFile {
	return isoFile{int64(binary.LittleEndian.Uint32(record[2:])), int64(binary.LittleEndian.Uint32(record[10:]))}
}

// walk visits each file twice: under its name in the primary tree, which is its Rock
// Ridge name if it has one, and under its Joliet name.
func (i iso) walk(take visit) error {
	if err := i.walkRoot(i.root, primaryName, take); err != nil {
		return err
	}
	return i.walkRoot(i.joliet, jolietName, take)
}

func (i iso) walkRoot(root isoFile, name func(record []byte) string, take visit) error {
	folder, err := readFrom(i.disk, root.sector*isoSector, root.size, maxFolder)
	if err != nil {
		return errors.Wrap(err, "reading the root folder")
	}
	for at := 0; at < len(folder); {
		length := int(folder[at])
		if length == 0 { // no record crosses the end of a sector: zeros fill the rest
			at = (at/isoSector + 1) * isoSector
			continue
		}
		if at+length > len(folder) || length < isoRecordLength+int(folder[at+isoRecordLength-1]) || length < isoRecordLength {
			return errors.New("the root folder is damaged")
		}
		record := folder[at : at+length]
		at += length
		if record[25]&isoFolderFlag != 0 {
			continue
		}
		file := isoFileOf(record)
		content := func() ([]byte, error) { return readFrom(i.disk, file.sector*isoSector, file.size, maxFile) }
		if err := take(name(record), content); err != nil {
			return err
		}
	}
	return nil
}

// recordName returns the name in a record, and the data after it, which starts at an
// even offset.
func recordName(record []byte) (name, rest []byte) {
	end := isoRecordLength + int(record[isoRecordLength-1])
	return record[isoRecordLength:end], record[min(end+(end&1), len(record)):]
}

// primaryName returns a record's Rock Ridge name, from the NM entries of its system use
// area (SUSP 4, RRIP 4.1.4). Without such entries it returns the plain name without the
// version.
func primaryName(record []byte) string {
	name, area := recordName(record)
	rockRidge := ""
	for len(area) >= 5 && int(area[2]) >= 5 && int(area[2]) <= len(area) {
		if string(area[:2]) == "NM" {
			rockRidge += string(area[5:area[2]])
		}
		area = area[area[2]:]
	}
	if rockRidge != "" {
		return rockRidge
	}
	plain, _, _ := strings.Cut(string(name), ";")
	return strings.TrimSuffix(plain, ".")
}

// jolietName returns a record's name, which is in big-endian UCS-2.
func jolietName(record []byte) string {
	name, _ := recordName(record)
	var units []uint16
	for ; len(name) >= 2; name = name[2:] {
		units = append(units, binary.BigEndian.Uint16(name))
	}
	plain, _, _ := strings.Cut(string(utf16.Decode(units)), ";")
	return plain
}
