// Package format makes a file system on a machine's blank data disk:
//
//	machine.Run(serve, machine.WithFormat(format.Ext4))
//
// The stock init includes it. It is not in the package machine because it takes about
// 0.2 MB of the image.
package format

import (
	"os"

	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/ext4"
	"github.com/pkg/errors"
)

const (
	block = 4096
	// inodeRatio is the number of bytes of the disk for each file. The whole table of
	// files is written, so a smaller ratio would take long.
	inodeRatio = 1 << 16
	// group is the size in bytes of a block group: as many blocks as one block can map.
	// On a disk of less than smallest bytes, the last group has no room for its own
	// tables.
	group    = block * block * 8
	smallest = 8 << 20
)

// Ext4 makes an ext4 file system with a journal on a blank disk. It uses the first size
// bytes, or a little less, and flushes them to the disk.
func Ext4(disk *os.File, size int64, label string) error {
	size = size / block * block
	if rest := size % group; size > group && rest < smallest {
		size -= rest
	}
	params := &ext4.Params{
		VolumeName: label, InodeRatio: inodeRatio, SectorsPerBlock: block / 512,
		// No room to grow: small disks have no space for it.
		Features: []ext4.FeatureOpt{ext4.WithFeatureReservedGDTBlocksForExpansion(false)},
	}
	if _, err := ext4.Create(file.New(disk, false), size, 0, 0, params); err != nil {
		return errors.Wrapf(err, "making an ext4 file system on %s", disk.Name())
	}
	return errors.Wrapf(disk.Sync(), "writing the file system on %s", disk.Name())
}
