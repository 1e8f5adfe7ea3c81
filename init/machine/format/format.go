// Package format makes a file system on a machine's blank data disk:
//
//	machine.Run(serve, machine.WithFormat(format.Ext4))
//
// The stock init has it. It is apart from the package machine for its size,
// about 0.2 MB in the image.
package format

import (
	"os"

	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/ext4"
	"github.com/pkg/errors"
)

const (
	block = 4096
	// inodeRatio is how many bytes of the disk there are for each file. The table
	// of files is written whole, which takes long where they are few.
	inodeRatio = 1 << 16
	// group is the size of a block group: what one block can be the map of. Less
	// than smallest has no room for the last group's own tables.
	group    = block * block * 8
	smallest = 8 << 20
)

// Ext4 makes an ext4 file system with a journal on a disk that holds nothing, in
// its first size bytes or a little less, and writes it through to the disk.
func Ext4(disk *os.File, size int64, label string) error {
	size = size / block * block
	if rest := size % group; size > group && rest < smallest {
		size -= rest
	}
	params := &ext4.Params{
		VolumeName: label, InodeRatio: inodeRatio, SectorsPerBlock: block / 512,
		// Room to grow: small disks have no place for it.
		Features: []ext4.FeatureOpt{ext4.WithFeatureReservedGDTBlocksForExpansion(false)},
	}
	if _, err := ext4.Create(file.New(disk, false), size, 0, 0, params); err != nil {
		return errors.Wrapf(err, "making an ext4 file system on %s", disk.Name())
	}
	return errors.Wrapf(disk.Sync(), "writing the file system on %s", disk.Name())
}
