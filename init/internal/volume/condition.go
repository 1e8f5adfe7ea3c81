package volume

import (
	"encoding/binary"
	"io"
)

// A file system stores whether it was unmounted cleanly. Ext4 uses s_state and the flag
// "needs recovery" of s_feature_incompat (Documentation/filesystems/ext4/globals.rst).
// FAT uses a byte of the boot sector (include/uapi/linux/msdos_fs.h).
const (
	offExtState    = 58
	offExtIncompat = 96
	extErrors      = 2
	extRecover     = 4
	offFATState    = 37
	offFAT32State  = 65
	fatDirty       = 1
)

// Condition is the state in which a file system was left.
type Condition struct {
	// Unclean means that the file system was not unmounted. Ext4 repairs itself from
	// its journal when it is mounted.
	Unclean bool
	// Faulty means that the kernel found errors that only a file system checker can
	// repair.
	Faulty bool
}

// ConditionOf returns the condition of a file system of type Ext4 or VFAT.
func ConditionOf(disk io.ReaderAt, kind string) Condition {
	b := make([]byte, 512)
	switch kind {
	case Ext4:
		if read(disk, b, extSuperblock) != nil {
			return Condition{}
		}
		return Condition{
			Unclean: binary.LittleEndian.Uint32(b[offExtIncompat:])&extRecover != 0,
			Faulty:  binary.LittleEndian.Uint16(b[offExtState:])&extErrors != 0,
		}
	case VFAT:
		f, err := openFAT(disk)
		if err != nil || read(disk, b, 0) != nil {
			return Condition{}
		}
		state := b[offFATState]
		if f.bits == 32 {
			state = b[offFAT32State]
		}
		return Condition{Unclean: state&fatDirty != 0}
	}
	return Condition{}
}
