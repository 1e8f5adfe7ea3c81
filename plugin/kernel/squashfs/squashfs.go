// Package squashfs reads the files of a squashfs file system, version 4
// (kernel: fs/squashfs/squashfs_fs.h, Documentation/filesystems/squashfs.rst).
//
// It is for file systems from strangers: whatever an image says, no more memory
// is taken than its limits allow, and what is wrong is an error. That of go-diskfs
// v1.9.4 panics after less than a minute of fuzzing.
package squashfs

import (
	"encoding/binary"

	"github.com/pkg/errors"
)

// The superblock and where its numbers are, all little-endian.
const (
	magic          = "hsqs"
	superblockSize = 96

	offBlockSize     = 12
	offFragments     = 16
	offCompression   = 20
	offMajor         = 28
	offRoot          = 32
	offInodeTable    = 64
	offDirTable      = 72
	offFragmentTable = 80

	version = 4
	// maxBlock and minBlock bound the size of a block of data, in bytes
	// (SQUASHFS_FILE_MAX_SIZE).
	minBlock, maxBlock = 4 << 10, 1 << 20
)

// image is a file system that is held in memory.
type image struct {
	bytes      []byte
	blockSize  int
	fragments  uint32 // the number of them
	decompress decompressor
	root       uint64 // reference of the root folder's inode
	// Where tables start, in bytes.
	inodes, dirs, fragmentTable uint64

	metadata map[uint64]metadata // blocks unpacked before, by where they start
	entries  int                 // of folders, seen so far
}

// File reads a regular file.
type File func() ([]byte, error)

// Files returns the regular files of a file system by path, without a slash in
// front. The content of b must not change while they are in use, by one goroutine.
func Files(b []byte) (map[string]File, error) {
	m, err := open(b)
	if err != nil {
		return nil, err
	}
	files := map[string]File{}
	return files, m.walk("", m.root, 0, files)
}

// open reads the superblock.
func open(b []byte) (*image, error) {
	if len(b) < superblockSize || string(b[:len(magic)]) != magic {
		return nil, errors.New("this is no squashfs file system")
	}
	if major := binary.LittleEndian.Uint16(b[offMajor:]); major != version {
		return nil, errors.Errorf("this is a squashfs file system of version %d, which is not read: its version must be %d", major, version)
	}
	blockSize := int(binary.LittleEndian.Uint32(b[offBlockSize:]))
	if blockSize < minBlock || blockSize > maxBlock || blockSize&(blockSize-1) != 0 {
		return nil, errors.Errorf("the squashfs file system is damaged: its blocks have %d bytes", blockSize)
	}
	decompress, err := decompressorFor(binary.LittleEndian.Uint16(b[offCompression:]))
	if err != nil {
		return nil, err
	}
	return &image{
		bytes: b, blockSize: blockSize, decompress: decompress, metadata: map[uint64]metadata{},
		fragments:     binary.LittleEndian.Uint32(b[offFragments:]),
		root:          binary.LittleEndian.Uint64(b[offRoot:]),
		inodes:        binary.LittleEndian.Uint64(b[offInodeTable:]),
		dirs:          binary.LittleEndian.Uint64(b[offDirTable:]),
		fragmentTable: binary.LittleEndian.Uint64(b[offFragmentTable:]),
	}, nil
}

// at returns n bytes of the image.
func (m *image) at(start, n uint64) ([]byte, error) {
	size := uint64(len(m.bytes))
	if start > size || n > size-start {
		return nil, errors.Errorf("the squashfs file system is cut off or damaged: it has %d bytes and speaks of %d at %d", size, n, start)
	}
	return m.bytes[start : start+n], nil
}
