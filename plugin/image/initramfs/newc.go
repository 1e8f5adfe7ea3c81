// Package initramfs writes the archive that a Linux kernel unpacks as its
// first root: a cpio archive in the "newc" format, compressed.
package initramfs

import (
	"context"
	"fmt"
	"io"
	"io/fs"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

const (
	// newc's magic and the length of its header, 13 numbers of 8 hexadecimal digits
	// behind it (kernel: Documentation/driver-api/early-userspace/buffer-format.rst).
	newcMagic  = "070701"
	headerSize = 6 + 13*8
	trailer    = "TRAILER!!!"
)

// Write writes entries, in the given order, as a newc archive. Each folder comes
// before the first file in it. Nothing of this host reaches it, so that the same
// entries always make the same bytes. It ends soon after ctx does. Before it
// writes anything, it fails for an entry that a kernel would not unpack.
func Write(ctx context.Context, w io.Writer, entries []tree.Entry) error {
	entries, err := tree.Complete(entries)
	if err != nil {
		return errors.Wrap(err, "initramfs")
	}
	a := archive{w: w, names: map[string]uint32{}, linked: map[string]record{}}
	for _, e := range entries {
		if err := check(e); err != nil {
			return errors.Wrap(err, "initramfs")
		}
		if e.HardLink != "" {
			a.names[e.HardLink]++
		}
	}
	for _, e := range entries {
		if err := a.entry(ctx, e); err != nil {
			return errors.Wrapf(err, "initramfs: writing %s", e.Path)
		}
	}
	return errors.Wrap(a.write(ctx, trailer, record{links: 1}), "initramfs: writing the trailer")
}

// archive is one being written.
type archive struct {
	w      io.Writer
	inode  uint32
	names  map[string]uint32 // how many more names a file has, by its path
	linked map[string]record // of the files that have any
}

// record is what a header says of a file.
type record struct {
	inode, mode, uid, gid, links, modified uint32
	major, minor                           uint32
	content                                content.Content
}

// entry writes an entry. The kernel knows a hard link by the number and the type
// of its inode; the bytes came with the first name (init/initramfs.c, maybe_link).
func (a *archive) entry(ctx context.Context, e tree.Entry) error {
	if e.HardLink != "" {
		r := a.linked[e.HardLink]
		r.content = nil
		return a.write(ctx, name(e), r)
	}
	a.inode++
	r := record{
		inode: a.inode, mode: linuxMode(e.Mode), uid: e.UID, gid: e.GID, links: 1 + a.names[e.Path],
		modified: uint32(modified(e)), major: e.Major, minor: e.Minor, content: e.Content,
	}
	switch e.Mode.Type() {
	case fs.ModeDir:
		r.links = 2
	case fs.ModeSymlink:
		r.content = content.Bytes([]byte(e.Target))
	}
	if r.links > 1 {
		a.linked[e.Path] = r
	}
	return a.write(ctx, name(e), r)
}

// write writes a header, the name and the content, each padded to 4 bytes.
func (a *archive) write(ctx context.Context, name string, r record) error {
	body := r.content
	if body == nil {
		body = content.Bytes(nil)
	}
	header := fmt.Sprintf("%s%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00", newcMagic,
		r.inode, r.mode, r.uid, r.gid, r.links, r.modified, body.Size(),
		0, 0, r.major, r.minor, // of the device that the file is on, and of the one that it is
		len(name)+1, 0, name) // the check field is of the crc format only
	if _, err := io.WriteString(a.w, header+padding(int64(len(header)))); err != nil {
		return err
	}
	if err := content.Copy(ctx, a.w, body); err != nil {
		return err
	}
	_, err := io.WriteString(a.w, padding(body.Size()))
	return err
}

// padding is what follows n bytes up to the next multiple of 4.
func padding(n int64) string { return "\x00\x00\x00"[:-n&3] }
