// Package iso writes bootable CD images: ISO 9660 (ECMA-119) with Joliet and
// Rock Ridge names and El Torito boot entries, in one pass and without a clock.
package iso

import (
	"path"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// File is one file of an image. Its folders are made for it.
type File struct {
	// Path is absolute and clean: "/boot/vmlinuz". Each of its names has at
	// most 30 letters, digits, '-', '_' and '.'; they must differ in more than
	// case, as the boot loader sees them in capital letters.
	Path string
	// Content is the file's bytes, nil if it is empty.
	Content content.Content
	// Render, unless nil, gives the bytes in place of Content once it is known
	// where everything is. They must be as many as Content's.
	Render func(*Layout) ([]byte, error)
	// Within, unless empty, is the path of a file that comes before, of whose
	// bytes this one's are a part, from Offset on, a multiple of SectorSize: they
	// are in the image once.
	Within string
	Offset int64
}

func (f File) size() int64 {
	if f.Content == nil {
		return 0
	}
	return f.Content.Size()
}

// Platform says what a boot entry is for (El Torito, figure 3).
type Platform byte

// The platforms of PCs.
const (
	BIOS Platform = 0x00
	EFI  Platform = 0xef
)

// Boot is an El Torito entry without floppy or disk emulation.
type Boot struct {
	Platform Platform
	// Path names one of the files.
	Path string
	// LoadSectors is how much of the file the firmware loads, in units of 512
	// bytes; 0 means all of it.
	LoadSectors uint16
	// InfoTable writes a boot information table into the file, by which
	// ISOLINUX finds itself: 56 bytes at offset 8 (mkisofs(8), "EL TORITO BOOT
	// INFORMATION TABLE").
	InfoTable bool
}

// Image describes a CD image.
type Image struct {
	// VolumeID is the label: at most 16 capital letters, digits and '_'.
	VolumeID string
	// Files are laid out in this order, without gaps, each on a boundary of
	// SectorSize.
	Files []File
	// Boot are the boot entries, at least one and at most one for each platform,
	// the default first.
	Boot []Boot
	// SystemArea, unless nil, gives up to 32 KiB for the image's start, which
	// ISO 9660 leaves to others: a boot record for the same bytes as a disk.
	SystemArea func(*Layout) ([]byte, error)
}

// SectorSize is a CD's unit, in bytes.
const SectorSize = 2048

const (
	// systemSectors come before the volume descriptors (ECMA-119, 6.2.1).
	systemSectors = 16
	maxNameLength = 30
	maxFileSize   = 1<<32 - 1
	catalogPath   = "/boot.cat"
)

// check says what of an image cannot be written.
func (img Image) check() error {
	if img.VolumeID == "" || len(img.VolumeID) > 16 || strings.Trim(img.VolumeID, dCharacters) != "" {
		return errors.Errorf("ISO: the volume id %q must have 1 to 16 capital letters, digits and '_'", img.VolumeID)
	}
	for _, f := range img.Files {
		if !path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path || f.Path == "/" {
			return errors.Errorf("ISO: the path %q is not absolute and clean", f.Path)
		}
		if f.Within != "" && f.Offset%SectorSize != 0 {
			return errors.Errorf("ISO: %s begins at %d in %s, which is no multiple of %d", f.Path, f.Offset, f.Within, SectorSize)
		}
		if f.size() > maxFileSize {
			return errors.Errorf("ISO: %s has %d bytes, a file can have %d", f.Path, f.size(), int64(maxFileSize))
		}
	}
	if len(img.Boot) == 0 {
		return errors.New("ISO: the image has no boot entry")
	}
	seen := map[Platform]bool{}
	for _, b := range img.Boot {
		if seen[b.Platform] {
			return errors.Errorf("ISO: two boot entries are for the platform %#x", byte(b.Platform))
		}
		seen[b.Platform] = true
	}
	return nil
}
