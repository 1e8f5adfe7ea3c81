// Package rootfs puts together the files of a machine's root: those that every
// machine has (packages base, trust and zoneinfo), and those that a template adds.
package rootfs

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// Block is what one block of a template adds.
type Block struct {
	// Name is the block's in messages.
	Name    string
	Entries []tree.Entry
	// SetsMode and SetsOwner say that the block names a mode, an owner or a group. Folders
	// that the machine has anyway take those only then.
	SetsMode, SetsOwner bool
}

// Merge adds blocks to what the machine has by itself. The blocks' files take the
// place of its own. Folders that are in several blocks are one, as the last says. All is sorted by
// path, and was changed at the time given, but for what says itself when it was. app says
// that the program is at /app.
//
// It fails if two blocks have a file at one path, if a file would be below what
// is no folder, or if one would hide what the machine's start needs.
func Merge(own []tree.Entry, blocks []Block, changed time.Time, app bool) ([]tree.Entry, error) {
	m := merger{app: app, own: map[string]tree.Entry{}, added: map[string]placed{}, inside: map[string]placed{}}
	for _, e := range own {
		m.own[e.Path] = e
	}
	for i := range blocks {
		for _, e := range blocks[i].Entries {
			if err := m.add(placed{e, &blocks[i]}); err != nil {
				return nil, errors.Wrap(err, blocks[i].Name)
			}
		}
	}
	all, err := m.result(own)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b tree.Entry) int { return strings.Compare(a.Path, b.Path) })
	for i := range all {
		if all[i].ModTime.IsZero() {
			all[i].ModTime = changed
		}
	}
	return all, nil
}

// placed is an entry of a block.
type placed struct {
	tree.Entry
	block *Block
}

type merger struct {
	app    bool
	own    map[string]tree.Entry // by path
	added  map[string]placed     // by path
	order  []string              // of those paths
	inside map[string]placed     // one of the entries below a path
}

func (m *merger) add(e placed) error {
	if err := checkReserved(e.Entry, m.app); err != nil {
		return err
	}
	before, twice := m.added[e.Path]
	if twice && !(before.Mode.IsDir() && e.Mode.IsDir()) {
		return errors.Errorf("%s is already in %s: give it another destination, or leave one out", e.Path, before.block.Name)
	}
	if own := m.own[e.Path]; own.Mode.IsDir() {
		switch {
		case e.Mode.IsRegular():
			return errors.Errorf("%s is a folder of the machine: to put the file into it, end the destination with a slash", e.Path)
		case e.Mode.IsDir():
			e.Entry = e.block.over(own, e.Entry)
		}
	}
	m.added[e.Path] = e
	if !twice {
		m.order = append(m.order, e.Path)
	}
	for _, above := range parents(e.Path) {
		if _, known := m.inside[above]; !known {
			m.inside[above] = e
		}
	}
	return nil
}

// over is a folder of the machine's own that is in a block, too.
func (b *Block) over(own, e tree.Entry) tree.Entry {
	if !b.SetsMode {
		e.Mode = own.Mode
	}
	if !b.SetsOwner {
		e.UID, e.GID = own.UID, own.GID
	}
	return e
}

// result is all that there is in the end.
func (m *merger) result(own []tree.Entry) ([]tree.Entry, error) {
	var all []tree.Entry
	for _, path := range m.order {
		e := m.added[path]
		if inside, any := m.inside[path]; any && !e.Mode.IsDir() {
			return nil, errors.Errorf("%s: %s cannot be there, as %s is no folder in %s", inside.block.Name, inside.Path, path, e.block.Name)
		}
		all = append(all, e.Entry)
	}
	for _, e := range own {
		stays, err := m.stays(e)
		if err != nil {
			return nil, err
		}
		if stays {
			all = append(all, m.unlinked(e))
		}
	}
	return all, nil
}

// stays reports whether one of the machine's own entries is there in the end.
func (m *merger) stays(e tree.Entry) (bool, error) {
	if _, replaced := m.added[e.Path]; replaced {
		return false, nil
	}
	for _, above := range parents(e.Path) {
		other, ok := m.added[above]
		if !ok || other.Mode.IsDir() {
			continue
		}
		if e.Mode.IsDir() {
			return false, nil // an empty folder, in what is a link now
		}
		return false, errors.Errorf("%s: %s must be a folder, for the machine's own %s", other.block.Name, above, e.Path)
	}
	_, folder := m.inside[e.Path]
	return e.Mode.IsDir() || !folder, nil // a link gives way to a folder
}

// unlinked is an entry that is no link to what a block has replaced.
func (m *merger) unlinked(e tree.Entry) tree.Entry {
	if _, replaced := m.added[e.HardLink]; !replaced {
		return e
	}
	path := e.Path
	e = m.own[e.HardLink]
	e.Path = path
	return e
}

// parents are the folders above a path, but for the root.
func parents(p string) []string {
	var all []string
	for p = path.Dir(p); p != "/"; p = path.Dir(p) {
		all = append(all, p)
	}
	return all
}
