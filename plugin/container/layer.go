package container

import (
	"archive/tar"
	"context"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// Whiteouts, which take away what lower layers have (image-spec, layer.md). Other
// names with metaPrefix are AUFS's own business, which no reader of images heeds.
const (
	whiteoutPrefix = ".wh."
	metaPrefix     = ".wh..wh."
	opaqueName     = ".wh..wh..opq"
)

// xattrPrefix begins the records of extended attributes (SCHILY.xattr, star(5)).
const xattrPrefix = "SCHILY.xattr."

// The bounds of all layers together. Images of a million files would need more
// memory, and a path is never longer in the kernel (PATH_MAX).
const (
	maxNames     = 1 << 20
	maxNameBytes = 128 << 20
	maxPath      = 4095
)

// reader reads layers into a tree.
type reader struct {
	tree *Tree
	// attributes are the paths of files with extended attributes, by attribute.
	attributes map[string][]string
	nameBytes  int
}

// read puts a layer, a tar archive that is not compressed, over the tree. Files'
// contents stay in the archive.
func (r *reader) read(ctx context.Context, layer content.Content) error {
	r.tree.layer++
	section := content.NewReader(layer)
	archive := tar.NewReader(section)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return errors.Wrap(err, "reading the tar archive")
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		// A tar.Reader reads no further than the header, so the content begins here.
		at, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if at+header.Size > layer.Size() && header.Size > 0 {
			return errors.Errorf("%.80s: the archive ends in the middle of it", header.Name)
		}
		if err := r.entry(header, io.NewSectionReader(layer, at, header.Size)); err != nil {
			return err
		}
	}
}

// entry puts what a header describes into the tree.
func (r *reader) entry(h *tar.Header, data content.Content) error {
	if h.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	p, err := inside(h.Name)
	if err != nil {
		return err
	}
	if r.nameBytes += len(h.Name) + len(h.Linkname); r.tree.made > maxNames || r.nameBytes > maxNameBytes {
		return errors.Errorf("the image has more than %d files, or names of more than %d MiB: it is no image to make a machine of", maxNames, maxNameBytes>>20)
	}
	switch name := path.Base(p); {
	case p == "/":
		return nil // the root is the machine's own
	case name == opaqueName:
		r.tree.opaque(path.Dir(p))
		return nil
	case strings.HasPrefix(name, metaPrefix):
		return nil
	case strings.HasPrefix(name, whiteoutPrefix):
		gone := strings.TrimPrefix(name, whiteoutPrefix)
		if gone == "" || gone == "." || gone == ".." {
			return errors.Errorf("%s takes away no file: the layer is damaged", p)
		}
		r.tree.whiteOut(path.Join(path.Dir(p), gone))
		return nil
	}
	e, err := described(h, p, data)
	if err != nil {
		return errors.Wrap(err, p)
	}
	for record := range h.PAXRecords {
		if name, ok := strings.CutPrefix(record, xattrPrefix); ok {
			r.attributes[name] = append(r.attributes[name], p)
		}
	}
	return r.tree.Put(e)
}

// inside is the absolute path of a name in a layer.
func inside(name string) (string, error) {
	relative := path.Clean(strings.TrimLeft(name, "/"))
	switch {
	case relative == ".." || strings.HasPrefix(relative, "../"):
		return "", errors.Errorf("the path %.80q leads out of the image's root", name)
	case len(relative) > maxPath:
		return "", errors.Errorf("the path %.80q… has more than %d bytes", name, maxPath)
	}
	return path.Join("/", relative), nil
}

// described is the entry that a header describes.
func described(h *tar.Header, p string, data content.Content) (tree.Entry, error) {
	e := tree.Entry{Path: p, Mode: h.FileInfo().Mode(), ModTime: changed(h.ModTime)}
	for _, id := range []struct {
		value int
		is    *uint32
	}{{h.Uid, &e.UID}, {h.Gid, &e.GID}} {
		if id.value < 0 || int64(id.value) >= 1<<32-1 { // the last number means none (chown(2))
			return e, errors.Errorf("its owner has the number %d, which no system has", id.value)
		}
		*id.is = uint32(id.value)
	}
	if sparse(h) {
		return e, errors.New("it is stored as a sparse file, which layers must not have: build the image anew")
	}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeCont: // the latter is a regular file where nobody has contiguous ones
		e.Mode = h.FileInfo().Mode() &^ fs.ModeType
		if h.Size > 0 {
			e.Content = data
		}
	case tar.TypeDir, tar.TypeFifo:
	case tar.TypeLink:
		to, err := inside(h.Linkname)
		if err != nil {
			return e, err
		}
		e = tree.Entry{Path: p, HardLink: to}
	case tar.TypeSymlink:
		e.Mode = fs.ModeSymlink | 0o777 // whatever the archive says: Linux has no others
		if e.Target = h.Linkname; e.Target == "" || len(e.Target) > maxPath {
			return e, errors.Errorf("it is a symbolic link whose target has %d bytes: it must have 1 to %d", len(e.Target), maxPath)
		}
	case tar.TypeChar, tar.TypeBlock:
		return device(e, h)
	default:
		return e, errors.Errorf("it is of the type %q, which no layer has: the layer is damaged", h.Typeflag)
	}
	return e, nil
}

// device adds the numbers of a device, which have 12 and 20 bits
// (include/linux/kdev_t.h).
func device(e tree.Entry, h *tar.Header) (tree.Entry, error) {
	if h.Devmajor < 0 || h.Devmajor >= 1<<12 || h.Devminor < 0 || h.Devminor >= 1<<20 {
		return e, errors.Errorf("it is a device with the numbers %d, %d, which no system has", h.Devmajor, h.Devminor)
	}
	e.Major, e.Minor = uint32(h.Devmajor), uint32(h.Devminor)
	return e, nil
}

// sparse reports whether a file's bytes are not in the archive as they are in the file.
func sparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for record := range h.PAXRecords {
		if strings.HasPrefix(record, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// changed is when a file was changed, in whole seconds; of a time that no archive
// and no file system can hold, the zero time.
func changed(at time.Time) time.Time {
	if seconds := at.Unix(); seconds > 0 && seconds < 1<<32 {
		return time.Unix(seconds, 0)
	}
	return time.Time{}
}

// Attributes are the extended attributes that files of an image have, and which files,
// sorted.
func (r *reader) sorted() map[string][]string {
	for name := range r.attributes {
		slices.Sort(r.attributes[name])
		r.attributes[name] = slices.Compact(r.attributes[name])
	}
	return r.attributes
}
