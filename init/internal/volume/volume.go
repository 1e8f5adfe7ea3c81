// Package volume tells what a disk holds, and reads files from the root folder
// of an ISO 9660 or a FAT file system without the kernel's driver for it, which
// a machine may not have.
package volume

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"github.com/pkg/errors"
)

// The types of file systems, by the kernel's names for their drivers.
const (
	ISO9660 = "iso9660"
	VFAT    = "vfat"
	Ext4    = "ext4" // also ext2 and ext3, which the same driver mounts
)

// Volume is a file system.
type Volume struct {
	// Type is one of the types, empty if there is no file system that we know.
	Type  string
	Label string
}

// maxFile is the size of the largest file, and maxFolder of the largest folder,
// that is read: a damaged file system must not fill the memory.
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

// Identify tells what is on a disk. What cannot be read holds nothing.
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

// ReadFiles returns those of the named files that a file system of type ISO9660
// or VFAT has in its root folder. The case of names does not matter.
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

// visit is called with a file's name and what reads the file.
type visit func(name string, content func() ([]byte, error)) error

// read fills b from an offset, or fails.
func read(disk io.ReaderAt, b []byte, offset int64) error {
	n, err := disk.ReadAt(b, offset)
	if n == len(b) {
		return nil
	}
	return errors.Wrapf(err, "reading %d bytes at %d", len(b), offset)
}

// readFrom reads a file or folder that lies in one piece.
func readFrom(disk io.ReaderAt, offset, size, limit int64) ([]byte, error) {
	if size < 0 || size > limit {
		return nil, errors.Errorf("its size is %d bytes, and %d are the most that is read", size, limit)
	}
	b := make([]byte, size)
	return b, read(disk, b, offset)
}
