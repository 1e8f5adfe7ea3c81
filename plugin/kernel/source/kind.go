package source

import (
	"bytes"
	"io"
	"strings"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/unpack"
)

// Kind is what a file is that holds a kernel, or modules.
type Kind int

const (
	// Unknown is anything else.
	Unknown Kind = iota
	// Apk is a package of Alpine's, with a kernel and its modules.
	Apk
	// Deb is a package of Debian's, with a kernel and its modules.
	Deb
	// GoModule is the zip file of a Go module with a kernel, such as gokrazy's.
	GoModule
	// Squashfs is a file system of modules, such as Alpine's modloop.
	Squashfs
	// Cpio is an initramfs with modules.
	Cpio
)

// IsPackage tells whether files of the kind hold a kernel.
func (k Kind) IsPackage() bool { return k == Apk || k == Deb || k == GoModule }

// IsModules tells whether files of the kind hold modules without a kernel.
func (k Kind) IsModules() bool { return k == Squashfs || k == Cpio }

const (
	arMagic       = "!<arch>\n"  // deb(5)
	zipMagic      = "PK\x03\x04" // APPNOTE.TXT, 4.3.7
	apkV3Magic    = "ADB"        // apk-v3(5)
	squashfsMagic = "hsqs"       // kernel: fs/squashfs/squashfs_fs.h
)

// Identify tells by the first bytes of a file what it is; 4 KiB suffice.
func Identify(head []byte) Kind {
	switch text := string(head[:min(len(head), 8)]); {
	case strings.HasPrefix(text, arMagic):
		return Deb
	case strings.HasPrefix(text, zipMagic):
		return GoModule
	case strings.HasPrefix(text, apkV3Magic):
		return Apk // which says that it is not read
	case strings.HasPrefix(text, squashfsMagic):
		return Squashfs
	case isNewc(head):
		return Cpio
	}
	unpacked := peek(head)
	switch {
	case isNewc(unpacked):
		return Cpio
	case bytes.HasPrefix(unpacked, []byte(".SIGN.")), bytes.HasPrefix(unpacked, []byte(".PKGINFO\x00")):
		return Apk // a tar archive whose first file has that name
	}
	return Unknown
}

// peek unpacks a little of what is compressed.
func peek(head []byte) []byte {
	r, err := unpack.NewReader(unpack.Identify(head), bytes.NewReader(head), unpack.Window)
	if err != nil {
		return nil
	}
	unpacked := make([]byte, 16)
	n, _ := io.ReadFull(r, unpacked)
	return unpacked[:n]
}
