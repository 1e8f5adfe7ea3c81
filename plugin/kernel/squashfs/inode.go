package squashfs

import (
	"encoding/binary"

	"github.com/pkg/errors"
)

var errDamaged = errors.New("the squashfs file system is damaged")

// The types of inodes that are of interest. Extended ones have larger numbers,
// for more.
const (
	typeDir          = 1
	typeFile         = 2
	typeExtendedDir  = 8
	typeExtendedFile = 9
)

// Sizes of inodes in bytes, without the blocks' sizes behind those of files.
const (
	inodeHeader      = 16
	dirSize          = 16
	fileSize         = 16
	extendedDirSize  = 24
	extendedFileSize = 40

	noFragment = 0xffffffff
)

// inode is a folder or a regular file.
type inode struct {
	kind uint16
	// start is where the data is: of a file in the image, of a folder, together
	// with offset, among the folders.
	start    uint64
	size     uint64
	offset   uint32 // of a file, in its fragment
	fragment uint32 // of a file: the number of what has its end
	blocks   cursor // of a file: stands at the sizes of its blocks
}

// inode reads the one that a reference names: in its upper 48 bits where the
// metadata block starts, from the start of the table, in the lower 16 where in it.
func (m *image) inode(reference uint64) (inode, error) {
	c := cursor{m, m.inodes + reference>>16, int(reference & 0xffff)}
	header, err := c.read(inodeHeader)
	if err != nil {
		return inode{}, err
	}
	i := inode{kind: binary.LittleEndian.Uint16(header)}
	size, ok := map[uint16]int{
		typeDir: dirSize, typeFile: fileSize, typeExtendedDir: extendedDirSize, typeExtendedFile: extendedFileSize,
	}[i.kind]
	if !ok {
		return inode{}, errDamaged // links and devices are told by their folder
	}
	b, err := c.read(size)
	if err != nil {
		return inode{}, err
	}
	u16, u32, u64 := binary.LittleEndian.Uint16, binary.LittleEndian.Uint32, binary.LittleEndian.Uint64
	switch i.kind {
	case typeDir:
		i.kind, i.start, i.size, i.offset = typeDir, uint64(u32(b)), uint64(u16(b[8:])), uint32(u16(b[10:]))
	case typeExtendedDir:
		i.kind, i.start, i.size, i.offset = typeDir, uint64(u32(b[8:])), uint64(u32(b[4:])), uint32(u16(b[18:]))
	case typeFile:
		i.start, i.fragment, i.offset, i.size = uint64(u32(b)), u32(b[4:]), u32(b[8:]), uint64(u32(b[12:]))
	case typeExtendedFile:
		i.kind, i.start, i.size, i.fragment, i.offset = typeFile, u64(b), u64(b[8:]), u32(b[28:]), u32(b[32:])
	}
	i.blocks = c
	return i, nil
}
