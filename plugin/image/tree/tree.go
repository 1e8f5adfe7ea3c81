// Package tree describes the files of a machine's root before they become an
// archive or a file system.
package tree

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// Entry is one name in a tree: a regular file, a folder, a symbolic link, a hard
// link, a device or a FIFO.
type Entry struct {
	// Path is absolute and clean: "/lib/modules/e1000.ko".
	Path string
	// Mode is the type and the permissions. fs.ModeDir, fs.ModeSymlink,
	// fs.ModeDevice, with fs.ModeCharDevice for a character device, and
	// fs.ModeNamedPipe are known; none of them is a regular file.
	Mode fs.FileMode
	// UID and GID are the owner's and the group's numbers.
	UID, GID uint32
	// ModTime is the time of the last change, in whole seconds; the zero time
	// stands for the start of 1970.
	ModTime time.Time
	// Content is a regular file's bytes, nil if it is empty.
	Content content.Content
	// Target is where a symbolic link leads, in the machine.
	Target string
	// HardLink, unless empty, is the path of a regular file that comes before: this
	// is another name of it. Nothing else is then asked for but Path.
	HardLink string
	// Major and Minor are a device's numbers.
	Major, Minor uint32
}

// Size is the number of a regular file's bytes, 0 for all else.
func (e Entry) Size() int64 {
	if e.Content == nil {
		return 0
	}
	return e.Content.Size()
}

// folderMode is that of a folder that nobody described.
const folderMode = fs.ModeDir | 0o755

// Complete returns the entries in the given order, and each folder before what
// is in it: one of the entries if they have it, else one of mode 0755, owned by
// root. It fails for a path that is not one or is there twice, for a file with
// something below it, and for a hard link to what does not come before it.
func Complete(entries []Entry) ([]Entry, error) {
	c := completer{given: map[string]Entry{}, done: map[string]fs.FileMode{"/": folderMode}}
	for _, e := range entries {
		if err := e.check(); err != nil {
			return nil, err
		}
		if _, twice := c.given[e.Path]; twice {
			return nil, errors.Errorf("%s is there twice", e.Path)
		}
		c.given[e.Path] = e
	}
	for _, e := range entries {
		if err := c.add(e); err != nil {
			return nil, err
		}
	}
	return c.result, nil
}

func (e Entry) check() error {
	if !path.IsAbs(e.Path) || path.Clean(e.Path) != e.Path || e.Path == "/" {
		return errors.Errorf("the path %q is not absolute and clean", e.Path)
	}
	if strings.ContainsRune(e.Path+e.Target, 0) {
		return errors.Errorf("the path %q, or where it leads, holds a NUL", e.Path)
	}
	if e.Mode&fs.ModeSymlink != 0 && e.Target == "" {
		return errors.Errorf("%s is a symbolic link that leads nowhere", e.Path)
	}
	return nil
}

type completer struct {
	given  map[string]Entry
	done   map[string]fs.FileMode // types of what is in the result, by path
	result []Entry
}

func (c *completer) add(e Entry) error {
	if _, done := c.done[e.Path]; done {
		return nil // a folder that something in it came before
	}
	if err := c.folders(path.Dir(e.Path)); err != nil {
		return errors.Wrap(err, e.Path)
	}
	if e.HardLink != "" {
		if mode, ok := c.done[e.HardLink]; !ok || !mode.IsRegular() || c.given[e.HardLink].HardLink != "" {
			return errors.Errorf("%s is a hard link to %s, which is no regular file that comes before it", e.Path, e.HardLink)
		}
	}
	c.done[e.Path] = e.Mode.Type()
	c.result = append(c.result, e)
	return nil
}

// folders adds dir and each folder above it, once.
func (c *completer) folders(dir string) error {
	var missing []string
	for ; ; dir = path.Dir(dir) {
		if _, done := c.done[dir]; done {
			break
		}
		missing = append(missing, dir)
	}
	slices.Reverse(missing)
	if !c.done[dir].IsDir() {
		return errors.Errorf("%s, above it, is no folder", dir)
	}
	for _, dir := range missing {
		e, ok := c.given[dir]
		if !ok {
			e = Entry{Path: dir, Mode: folderMode}
		}
		if !e.Mode.IsDir() {
			return errors.Errorf("%s, above it, is no folder", dir)
		}
		c.done[dir] = fs.ModeDir
		c.result = append(c.result, e)
	}
	return nil
}
