// Package initramfs writes the archive that a Linux kernel unpacks as its
// first root: a cpio archive in the "newc" format, gzip'ed.
package initramfs

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// File is one regular file of an initramfs. Its folders are made for it.
type File struct {
	// Path is absolute and clean: "/lib/modules/e1000.ko".
	Path string
	// Executable gives mode 0755 instead of 0644.
	Executable bool
	Content    []byte
}

const (
	// newc's magic and the length of its header, 14 numbers of 8 hexadecimal
	// digits behind it (kernel: Documentation/driver-api/early-userspace/buffer-format.rst).
	newcMagic  = "070701"
	headerSize = 6 + 13*8
	trailer    = "TRAILER!!!"

	modeDir  = 0o040000
	modeFile = 0o100000

	// maxSize is the largest size that newc's 8 digits can say.
	maxSize = 1<<32 - 1
)

// Write writes files, in the given order, as a newc archive. Each folder comes
// before the first file in it. Owners are root and times are zero, so that the
// same files always make the same bytes.
func Write(w io.Writer, files []File) error {
	a := archive{w: w, modes: map[string]uint32{"/": modeDir}}
	for _, f := range files {
		if err := check(f); err != nil {
			return err
		}
		if err := a.folders(path.Dir(f.Path)); err != nil {
			return err
		}
		mode := uint32(modeFile | 0o644)
		if f.Executable {
			mode = modeFile | 0o755
		}
		if err := a.entry(f.Path, mode, 1, f.Content); err != nil {
			return err
		}
	}
	return a.close()
}

func check(f File) error {
	switch {
	case !path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path || f.Path == "/":
		return errors.Errorf("initramfs: the path %q is not absolute and clean", f.Path)
	case strings.ContainsRune(f.Path, 0):
		return errors.Errorf("initramfs: the path %q holds a NUL", f.Path)
	case len(f.Content) > maxSize:
		return errors.Errorf("initramfs: %s has %d bytes, newc takes at most %d", f.Path, len(f.Content), maxSize)
	}
	return nil
}

type archive struct {
	w     io.Writer
	inode uint32
	modes map[string]uint32 // of what was written, by absolute path
}

// folders writes an entry for dir and each folder above it, once.
func (a *archive) folders(dir string) error {
	var missing []string
	for ; a.modes[dir] == 0; dir = path.Dir(dir) {
		missing = append(missing, dir)
	}
	if a.modes[dir]&modeDir == 0 {
		return errors.Errorf("initramfs: %s is both a file and a folder", dir)
	}
	slices.Reverse(missing)
	for _, dir := range missing {
		if err := a.entry(dir, modeDir|0o755, 2, nil); err != nil {
			return err
		}
	}
	return nil
}

func (a *archive) entry(name string, mode, links uint32, content []byte) error {
	if a.modes[name] != 0 {
		return errors.Errorf("initramfs: %s is there twice", name)
	}
	a.modes[name] = mode
	a.inode++
	return errors.Wrapf(a.record(strings.TrimPrefix(name, "/"), a.inode, mode, links, content),
		"initramfs: writing %s", name)
}

// record writes a header, the name and the content, each padded to 4 bytes.
func (a *archive) record(name string, inode, mode, links uint32, content []byte) error {
	header := fmt.Sprintf("%s%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00", newcMagic,
		inode, mode, 0, 0, links, 0, len(content), // uid, gid, links, mtime, size
		0, 0, 0, 0, // device and special device
		len(name)+1, 0, name) // the check field is of the crc format only
	for _, part := range [][]byte{[]byte(header), padding(len(header)), content, padding(len(content))} {
		if _, err := a.w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// padding is what follows n bytes up to the next multiple of 4.
func padding(n int) []byte { return make([]byte, -n&3) }

func (a *archive) close() error {
	return errors.Wrap(a.record(trailer, 0, 0, 1, nil), "initramfs: writing the trailer")
}
