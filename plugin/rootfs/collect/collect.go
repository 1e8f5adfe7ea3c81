// Package collect finds the files of this host that go into a machine. It reads
// only what they are; their bytes are read when the machine is written.
package collect

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// Rules are what the files are in the machine, whatever they are here.
type Rules struct {
	// Mode, unless 0, is that of every regular file. Folders can then be searched
	// by all who can read them. If it is 0, a file keeps its own, but that nobody
	// but the owner may write to it.
	Mode fs.FileMode
	// SpecialBits lets files be set-user-ID and set-group-ID.
	SpecialBits bool
	// UID and GID own the files.
	UID, GID uint32
}

// Text returns a file of the given content at destination, an absolute path.
func Text(text, destination string, r Rules) tree.Entry {
	return r.entry(destination, 0o644, content.Bytes([]byte(text)))
}

// Files returns what source, a path on this host, becomes in the machine.
//
// A file becomes destination, or the file of its name in destination if that ends
// in a slash. What is below a folder is below destination, which is the folder
// itself. Source can be a pattern (filepath.Match): what matches it is, by its
// name, in destination, which ends in a slash. A link that is source is followed; any other
// stays a link. It fails for what is neither a file, a folder nor a link, and when
// ctx ends.
func Files(ctx context.Context, source, destination string, r Rules) ([]tree.Entry, error) {
	c := collector{ctx: ctx, rules: r, windows: runtime.GOOS == "windows"}
	matches, err := c.match(source, destination)
	if err != nil {
		return nil, err
	}
	for _, match := range matches {
		if err := c.path(match, path.Join(destination, filepath.Base(match))); err != nil {
			return nil, err
		}
	}
	return c.found, nil
}

type collector struct {
	ctx     context.Context
	rules   Rules
	windows bool // this host is, and its files have no modes
	found   []tree.Entry
}

// match returns the matches of a pattern. What is no pattern it collects itself.
func (c *collector) match(source, destination string) ([]string, error) {
	info, err := os.Stat(source)
	if err == nil {
		return nil, c.named(source, destination, info)
	}
	if !strings.ContainsAny(source, "*?[") {
		return nil, input.Check(source)
	}
	matches, err := filepath.Glob(source)
	if err != nil {
		return nil, errors.Wrapf(err, "the pattern %s", source)
	}
	if len(matches) == 0 {
		return nil, errors.Errorf("nothing matches %s", source)
	}
	if !strings.HasSuffix(destination, "/") {
		return nil, errors.Errorf("%s is a pattern, so the destination must be a folder: write %s/", source, destination)
	}
	return matches, nil
}

// named collects what a user has named, no matter whether by a link.
func (c *collector) named(source, destination string, info fs.FileInfo) error {
	if info.Mode().IsRegular() && strings.HasSuffix(destination, "/") {
		destination = path.Join(destination, filepath.Base(source))
	}
	return c.file(source, path.Clean(destination), info)
}

// path collects what is at a path of this host.
func (c *collector) path(source, destination string) error {
	info, err := os.Lstat(source)
	if err != nil {
		return vanished(source, err)
	}
	return c.file(source, destination, info)
}

func (c *collector) file(source, destination string, info fs.FileInfo) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if info.Mode()&special != 0 && c.rules.Mode == 0 && !c.rules.SpecialBits {
		return errors.Errorf("%s is set-user-ID or set-group-ID (%s): set special_bits = true if it is to be so in the machine, else mode", source, info.Mode())
	}
	switch info.Mode().Type() {
	case 0:
		mode, err := c.mode(source, info)
		if err != nil {
			return err
		}
		c.found = append(c.found, c.rules.entry(destination, mode, input.FileOf(source, info)))
		return nil
	case fs.ModeDir:
		return c.folder(source, destination, info)
	case fs.ModeSymlink:
		return c.link(source, destination)
	}
	return errors.Errorf("%s is %s, neither a file, a folder nor a link: leave it out", source, input.Kind(info.Mode()))
}

// folder collects a folder and what is in it, sorted.
func (c *collector) folder(source, destination string, info fs.FileInfo) error {
	children, err := os.ReadDir(source)
	if err != nil {
		return vanished(source, err)
	}
	mode := info.Mode()
	if c.windows {
		mode = fs.ModeDir | 0o755
	}
	if destination != "/" {
		c.found = append(c.found, c.rules.entry(destination, mode, nil))
	}
	for _, child := range children {
		if err := c.path(filepath.Join(source, child.Name()), path.Join(destination, child.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) link(source, destination string) error {
	target, err := os.Readlink(source)
	if err != nil {
		return vanished(source, err)
	}
	if c.windows && filepath.IsAbs(target) {
		return errors.Errorf("%s is a link to %s, a path of Windows: make it a relative one", source, target)
	}
	c.found = append(c.found, tree.Entry{
		Path: destination, Mode: fs.ModeSymlink | 0o777, UID: c.rules.UID, GID: c.rules.GID, Target: filepath.ToSlash(target),
	})
	return nil
}

// vanished says of a file that was there a moment ago that it is gone.
func vanished(source string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.Errorf("%s has vanished since the bake began: let nothing else write there meanwhile", source)
	}
	return errors.Wrap(err, "collecting files")
}
