package initramfs

import (
	"io/fs"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

const (
	// maxNumber is the largest that newc's 8 digits can say.
	maxNumber = 1<<32 - 1
	// maxPath is how long a name, and the target of a link, can be in bytes. The
	// kernel leaves out what has more, without a word (PATH_MAX; init/initramfs.c,
	// do_header).
	maxPath = 4096 - 1
)

// check tells why the kernel would not unpack an entry.
func check(e tree.Entry) error {
	switch changed := modified(e); {
	case e.Size() > maxNumber:
		return errors.Errorf("%s has %d bytes: a file in an initramfs can have %d, which is 4 GiB less 1", e.Path, e.Size(), maxNumber)
	case len(name(e)) > maxPath || len(e.Target) > maxPath:
		return errors.Errorf("the path %.80s…, or where it leads, has more than %d bytes", e.Path, maxPath)
	case changed < 0 || changed > maxNumber:
		return errors.Errorf("%s was changed at %s: an initramfs has times from 1970 to 2106", e.Path, e.ModTime.UTC())
	case linuxType(e.Mode) == 0:
		return errors.Errorf("%s (%s) is neither a file, folder, link, device nor FIFO", e.Path, e.Mode)
	}
	return nil
}

// name is an entry's name in the archive.
func name(e tree.Entry) string { return strings.TrimPrefix(e.Path, "/") }

// modified is when an entry was changed, in seconds since 1970.
func modified(e tree.Entry) int64 {
	if e.ModTime.IsZero() {
		return 0
	}
	return e.ModTime.Unix()
}

// linuxType is the type of a file in Linux's terms (inode(7)), 0 if it is unknown.
func linuxType(mode fs.FileMode) uint32 {
	switch mode.Type() {
	case 0:
		return 0o100000
	case fs.ModeDir:
		return 0o040000
	case fs.ModeSymlink:
		return 0o120000
	case fs.ModeDevice:
		return 0o060000
	case fs.ModeDevice | fs.ModeCharDevice:
		return 0o020000
	case fs.ModeNamedPipe:
		return 0o010000
	}
	return 0
}

// linuxMode is the type and the permissions in Linux's terms.
func linuxMode(mode fs.FileMode) uint32 {
	m := linuxType(mode) | uint32(mode.Perm())
	if mode&fs.ModeSetuid != 0 {
		m |= 0o4000
	}
	if mode&fs.ModeSetgid != 0 {
		m |= 0o2000
	}
	if mode&fs.ModeSticky != 0 {
		m |= 0o1000
	}
	return m
}
