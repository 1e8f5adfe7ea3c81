package squashfs

import (
	"encoding/binary"
	"path"
	"strings"

	"github.com/pkg/errors"
)

// A folder is a list of runs: a header with how many entries follow (less one),
// where the metadata block with their inodes starts, and a number that is of no
// use here; then the entries, each with its name behind it.
const (
	runHeader   = 12
	entryHeader = 8
	maxRun      = 256

	// A folder's size counts "." and "..", which are not there.
	sizeOfDots = 3
)

// Limits on what is walked through. Alpine's largest modloop has 10,000 files.
const (
	maxEntries = 200_000
	maxDepth   = 40
)

// walk adds the files below the folder that a reference names.
func (m *image) walk(dir string, reference uint64, depth int, files map[string]File) error {
	if depth > maxDepth {
		return errors.Errorf("the squashfs file system has folders that are more than %d deep", maxDepth)
	}
	folder, err := m.inode(reference)
	if err != nil || folder.kind != typeDir || folder.size < sizeOfDots {
		return orDamaged(err)
	}
	c := cursor{m, m.dirs + folder.start, int(folder.offset)}
	for left := int64(folder.size) - sizeOfDots; left > 0; {
		header, err := c.read(runHeader)
		if err != nil {
			return err
		}
		left -= runHeader
		count := binary.LittleEndian.Uint32(header) + 1
		block := uint64(binary.LittleEndian.Uint32(header[4:])) << 16
		if count > maxRun {
			return errDamaged
		}
		for range count {
			n, err := m.entry(&c, dir, block, depth, files)
			if err != nil {
				return err
			}
			left -= int64(n)
		}
	}
	return nil
}

// entry takes in one entry of a folder, and returns how many bytes it has.
func (m *image) entry(c *cursor, dir string, block uint64, depth int, files map[string]File) (int, error) {
	if m.entries++; m.entries > maxEntries {
		return 0, errors.Errorf("the squashfs file system has more than %d files", maxEntries)
	}
	b, err := c.read(entryHeader)
	if err != nil {
		return 0, err
	}
	reference := block | uint64(binary.LittleEndian.Uint16(b))
	kind := binary.LittleEndian.Uint16(b[4:])
	size := int(binary.LittleEndian.Uint16(b[6:])) + 1
	name, err := c.read(size)
	if err != nil {
		return 0, err
	}
	if strings.ContainsAny(string(name), "/\x00") || string(name) == "." || string(name) == ".." {
		return 0, errDamaged
	}
	full := path.Join(dir, string(name))
	switch kind {
	case typeDir:
		err = m.walk(full, reference, depth+1, files)
	case typeFile:
		files[full] = func() ([]byte, error) { return m.readFile(reference) }
	}
	return entryHeader + size, err
}

func orDamaged(err error) error {
	if err == nil {
		return errDamaged
	}
	return err
}
