package iso

import (
	"encoding/binary"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// The boot catalogue's headers and marks (El Torito 1.0, section 2).
const (
	headerValidation  = 1
	headerMoreFollow  = 0x90
	headerLast        = 0x91
	entryBootable     = 0x88
	catalogEntry      = 32
	elToritoID        = "EL TORITO SPECIFICATION"
	maxBootSectors    = 1<<16 - 1
	firmwareSector    = 512
	infoTableStart    = 8
	infoTableLength   = 56
	infoChecksumStart = 64
)

// bootRecord is the descriptor that leads to the catalogue.
func (l *Layout) bootRecord() []byte {
	d := descriptor(typeBootRecord)
	copy(d[7:], elToritoID)
	lba, _, _ := l.Extent(catalogPath)
	binary.LittleEndian.PutUint32(d[71:], lba)
	return d
}

// catalog lists the boot entries: the default one behind the validation entry,
// each other behind a section header of its own.
func (l *Layout) catalog() ([]byte, error) {
	b := validation(l.image.Boot[0].Platform)
	for i, boot := range l.image.Boot {
		if i > 0 {
			header := make([]byte, catalogEntry)
			header[0] = headerMoreFollow
			if i == len(l.image.Boot)-1 {
				header[0] = headerLast
			}
			header[1] = byte(boot.Platform)
			binary.LittleEndian.PutUint16(header[2:], 1)
			b = append(b, header...)
		}
		e, err := l.bootEntry(boot)
		if err != nil {
			return nil, err
		}
		b = append(b, e...)
	}
	return fill(b), nil
}

// validation opens the catalogue: its 16-bit words add up to 0.
func validation(p Platform) []byte {
	e := make([]byte, catalogEntry)
	e[0], e[1] = headerValidation, byte(p)
	e[30], e[31] = 0x55, 0xaa
	var sum uint16
	for i := 0; i < len(e); i += 2 {
		sum += binary.LittleEndian.Uint16(e[i:])
	}
	binary.LittleEndian.PutUint16(e[28:], -sum)
	return e
}

func (l *Layout) bootEntry(b Boot) ([]byte, error) {
	lba, size, _ := l.Extent(b.Path)
	load := int64(b.LoadSectors)
	if load == 0 {
		load = (size + firmwareSector - 1) / firmwareSector
	}
	if load > maxBootSectors {
		return nil, errors.Errorf("ISO: the boot image %s has %d sectors, firmware can load %d", b.Path, load, maxBootSectors)
	}
	e := make([]byte, catalogEntry)
	e[0] = entryBootable
	binary.LittleEndian.PutUint16(e[6:], uint16(load))
	binary.LittleEndian.PutUint32(e[8:], lba)
	return e, nil
}

// withInfoTable returns the boot image with its boot information table: the
// sectors of the volume descriptor and of itself, its length and a checksum.
func (l *Layout) withInfoTable(path string, image content.Content) (content.Content, error) {
	lba, size, _ := l.Extent(path)
	if size < infoChecksumStart {
		return nil, errors.Errorf("ISO: the boot image %s has %d bytes, too few for a boot information table", path, size)
	}
	b := make([]byte, size)
	if err := content.ReadFull(image, b, 0); err != nil {
		return nil, errors.Wrapf(err, "ISO: reading %s", path)
	}
	table := b[infoTableStart : infoTableStart+infoTableLength]
	clear(table)
	binary.LittleEndian.PutUint32(table[0:], primaryAt)
	binary.LittleEndian.PutUint32(table[4:], lba)
	binary.LittleEndian.PutUint32(table[8:], uint32(size))
	binary.LittleEndian.PutUint32(table[12:], infoChecksum(b[infoChecksumStart:]))
	return content.Bytes(b), nil
}

// infoChecksum adds up 32-bit words; a last one that is not full is filled
// with zeros.
func infoChecksum(b []byte) uint32 {
	var sum uint32
	for ; len(b) >= 4; b = b[4:] {
		sum += binary.LittleEndian.Uint32(b)
	}
	var last [4]byte
	copy(last[:], b)
	return sum + binary.LittleEndian.Uint32(last[:])
}
