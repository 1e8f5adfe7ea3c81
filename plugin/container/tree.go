package container

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// Tree is the files of a root that layers are put into, one over another. Symbolic
// links in a path are followed as in a machine that has this root: none leads out.
type Tree struct {
	root *node
	// layer is the number of the layer that is being read.
	layer int
	// made is how many names have ever been put into it.
	made int
}

// node is one name in a tree.
type node struct {
	// entry is all but the path. Hard links share one.
	entry    *tree.Entry
	children map[string]*node // of a folder
	// layer is the last one that has the name.
	layer int
	// cleared is the last one that is known to have nothing of those below it left
	// in this folder.
	cleared int
}

func (n *node) isDir() bool  { return n.entry.Mode.IsDir() }
func (n *node) isLink() bool { return n.entry.Mode&fs.ModeSymlink != 0 }

// NewTree returns an empty tree.
func NewTree() *Tree {
	t := &Tree{layer: 1}
	t.root = t.node(tree.Entry{Mode: folderMode})
	return t
}

// folderMode is that of a folder that no layer describes.
const folderMode = fs.ModeDir | 0o755

func (t *Tree) node(e tree.Entry) *node {
	t.made++
	n := &node{entry: &e, layer: t.layer, cleared: t.layer}
	if e.Mode.IsDir() {
		n.children = map[string]*node{}
	}
	return n
}

// Put puts an entry in the place of what is there. A folder over a folder keeps what
// is in it. Folders above that are missing are made. The entry's HardLink may name
// whatever is there but a folder.
func (t *Tree) Put(e tree.Entry) error {
	above, name, err := t.split(e.Path)
	if err != nil {
		return err
	}
	there := above.children[name]
	switch {
	case e.HardLink != "":
		to, err := t.linked(e.HardLink)
		if err != nil {
			return errors.Wrapf(err, "%s is a hard link to %s", e.Path, e.HardLink)
		}
		another := t.node(tree.Entry{})
		another.entry = to.entry
		above.children[name] = another
		return nil
	case there != nil && there.isDir() && e.Mode.IsDir():
		e.Path = ""
		there.entry, there.layer = &e, t.layer
		return nil
	}
	e.Path = ""
	above.children[name] = t.node(e)
	return nil
}

// Add puts an entry where nothing is, and leaves all else as it is.
func (t *Tree) Add(e tree.Entry) error {
	above, name, err := t.split(e.Path)
	if err != nil || above.children[name] != nil {
		return err
	}
	return t.Put(e)
}

// linked is what a hard link leads to.
func (t *Tree) linked(to string) (*node, error) {
	above, err := t.folder(path.Dir(to), false)
	if err != nil {
		return nil, err
	}
	n := above.children[path.Base(to)]
	switch {
	case n == nil:
		return nil, errMissing
	case n.isDir():
		return nil, errors.New("that is a folder")
	}
	return n, nil
}

// Remove takes away what is at a path, and below it. What is not there is no error.
func (t *Tree) Remove(p string) {
	if above, err := t.folder(path.Dir(p), false); err == nil {
		delete(above.children, path.Base(p))
	}
}

// whiteOut takes away what lower layers put at a path, and below it.
func (t *Tree) whiteOut(p string) {
	above, err := t.folder(path.Dir(p), false)
	if err != nil {
		return
	}
	if n := above.children[path.Base(p)]; n != nil && !t.clear(n) && n.layer < t.layer {
		delete(above.children, path.Base(p))
	}
}

// opaque takes away what lower layers put into a folder.
func (t *Tree) opaque(p string) {
	if n, err := t.folder(p, false); err == nil {
		t.clear(n)
	}
}

// clear takes away what lower layers put into a folder, and reports whether anything
// is left. A folder of a lower layer stays if this layer has something in it.
func (t *Tree) clear(n *node) (some bool) {
	if n.cleared < t.layer {
		n.cleared = t.layer
		for name, child := range n.children {
			if !t.clear(child) && child.layer < t.layer {
				delete(n.children, name)
			}
		}
	}
	return len(n.children) > 0
}

// Entries returns all that is in the tree, sorted by path. The first name of a
// regular file is the file, the others are hard links to it.
func (t *Tree) Entries() []tree.Entry {
	var all []found
	t.root.walk("", &all)
	slices.SortFunc(all, func(a, b found) int { return strings.Compare(a.path, b.path) })
	first := map[*tree.Entry]string{}
	entries := make([]tree.Entry, 0, len(all))
	for _, f := range all {
		e := *f.entry
		e.Path = f.path
		if name, again := first[f.entry]; again && e.Mode.IsRegular() {
			e = tree.Entry{Path: f.path, HardLink: name}
		} else {
			first[f.entry] = f.path
		}
		entries = append(entries, e)
	}
	return entries
}

type found struct {
	path  string
	entry *tree.Entry
}

func (n *node) walk(above string, all *[]found) {
	for name, child := range n.children {
		p := above + "/" + name
		*all = append(*all, found{p, child.entry})
		child.walk(p, all)
	}
}
