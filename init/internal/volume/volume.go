// Package volume finds out what a disk holds. It reads files from the root folder of an
// ISO 9660 or FAT file system without the kernel's driver, which a machine may not
// have.
package volume

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"github.com/pkg/errors"
)

// The types of file systems. Their names are those of the kernel's drivers.
const (
	ISO9660 = "iso9660"
	VFAT    = "vfat"
	Ext4    = "ext4" // also ext2 and ext3, which the same driver mounts
)

// Volume is a file system.
type Volume struct {
	// Type is one of the types above, or empty if the disk holds no file system that we
	// know.
	Type  string
	Label string
}

// maxFile and maxFolder are the sizes in bytes of the largest file and folder that are
// read, so that a damaged file system cannot fill the memory.
const (
	maxFile   = 1 << 20
	maxFolder = 1 << 17
)

// The superblock of ext2, ext3 and ext4 (Documentation/filesystems/ext4/globals.rst).
const (
	extSuperblock = 1024
	extMagic      = 0xef53
	offExtMagic   = 56
	offExtLabel   = 120
	lenExtLabel   = 16
)

// Identify returns the file system on a disk. A disk that cannot be read counts as
// empty.
func Identify(disk io.ReaderAt) Volume {
	if i, err := openISO(disk); err == nil {
		return Volume{ISO9660, i.label}
	}
	super := make([]byte, 1024)
	if read(disk, super, extSuperblock) == nil && binary.LittleEndian.Uint16(super[offExtMagic:]) == extMagic {
		label, _, _ := bytes.Cut(super[offExtLabel:offExtLabel+lenExtLabel], []byte{0})
		return Volume{Ext4, string(label)}
	}
	if f, err := openFAT(disk); err == nil {
		return Volume{VFAT, f.label()}
	}
	return Volume{}
}

// ReadFiles reads the named files in the root folder of a file system of type ISO9660
// or VFAT. Files that do not exist are missing from the result. The case of names does
// not matter.
func ReadFiles(disk io.ReaderAt, kind string, names ...string) (map[string][]byte, error) {
	found := map[string][]byte{}
	take := func(name string, content func() ([]byte, error)) error {
		for _, wanted := range names {
			if _, have := found[wanted]; have || !strings.EqualFold(name, wanted) {
				continue
			}
			text, err := content()
			if err != nil {
				return errors.Wrapf(err, "reading %s", wanted)
			}
			found[wanted] = text
		}
		return nil
	}
	switch kind {
	case ISO9660:
		i, err := openISO(disk)
		if err != nil {
			return nil, err
		}
		return found, i.walk(take)
	case VFAT:
		f, err := openFAT(disk)
		if err != nil {
			return nil, err
		}
		return found, f.walk(take)
	}
	return nil, errors.Errorf("cannot read files from a file system of type %q", kind)
}

// visit is called for each file, with its name and a function that reads it.
type visit func(name string, content func() ([]byte, error)) error

// read fills all of b from an offset, or returns an error.
func read(disk io.ReaderAt, b []byte, offset int64) error {
	n, err := disk.ReadAt(b, offset)
	if n == len(b) {
		return nil
	}
	return errors.Wrapf(err, "reading %d bytes at %d", len(b), offset)
}

// readFrom reads a file or folder that is stored in one piece.
func readFrom(disk io.ReaderAt, offset, size, limit int64) ([]byte, error) {
	if size < 0 || size > limit {
		return nil, errors.Errorf("it has %d bytes, more than the limit of %d", size, limit)
	}
	b := make([]byte, size)
	return b, read(disk, b, offset)
}
