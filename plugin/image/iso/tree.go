package iso

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// node is a file or a folder.
type node struct {
	name     string // as given; "" for the root
	id       string // as ISO 9660 has it: capitals, a file's with ";1"
	parent   *node
	children []*node // in the order of id
	dir      bool

	file   *File
	lba    uint32    // first sector of a file, or of a folder in the primary tree
	size   uint32    // in bytes
	joliet extent    // a folder's own in the Joliet tree
	number [2]uint16 // a folder's number in each view's path tables, from 1
}

type extent struct {
	lba  uint32
	size uint32
}

// dCharacters are those of names (ECMA-119, 7.4.1).
const dCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// tree sorts files into folders.
func tree(files []File) (*node, error) {
	root := &node{dir: true}
	for i := range files {
		f := &files[i]
		dir, err := root.folder(path.Dir(f.Path))
		if err != nil {
			return nil, err
		}
		n := &node{name: path.Base(f.Path), parent: dir, file: f, size: uint32(f.size())}
		if err := dir.add(n); err != nil {
			return nil, errors.Wrapf(err, "ISO: %s", f.Path)
		}
	}
	return root, nil
}

// folder finds or makes a folder by its absolute path.
func (n *node) folder(dir string) (*node, error) {
	if dir == "/" {
		return n, nil
	}
	parent, err := n.folder(path.Dir(dir))
	if err != nil {
		return nil, err
	}
	name := path.Base(dir)
	for _, c := range parent.children {
		if c.name == name && c.dir {
			return c, nil
		}
	}
	made := &node{name: name, parent: parent, dir: true}
	return made, errors.Wrapf(parent.add(made), "ISO: %s", dir)
}

// add puts c in its place in the folder n.
func (n *node) add(c *node) error {
	id, err := identifier(c.name, c.dir)
	if err != nil {
		return err
	}
	c.id = id
	at, found := slices.BinarySearchFunc(n.children, c, byID)
	if found {
		return errors.Errorf("the name is the same as that of %s, to a boot loader at least", n.children[at].name)
	}
	n.children = slices.Insert(n.children, at, c)
	return nil
}

// byID compares by file name and then by extension (ECMA-119, 9.3).
func byID(a, b *node) int {
	nameA, extensionA, _ := strings.Cut(strings.TrimSuffix(a.id, ";1"), ".")
	nameB, extensionB, _ := strings.Cut(strings.TrimSuffix(b.id, ";1"), ".")
	return cmp.Or(strings.Compare(nameA, nameB), strings.Compare(extensionA, extensionB))
}

// ordered lists what is in a folder as a view's records come.
func (n *node) ordered(v view) []*node {
	if v == primary {
		return n.children
	}
	return slices.SortedFunc(slices.Values(n.children), func(a, b *node) int {
		return bytes.Compare(a.identifierOf(joliet), b.identifierOf(joliet))
	})
}

// identifier is a name as ISO 9660 has it. It goes beyond the letter of the
// standard, as all writers do: more than one dot, '-', and up to 30 characters.
func identifier(name string, dir bool) (string, error) {
	id := strings.ToUpper(name)
	if len(id) > maxNameLength || strings.Trim(id, dCharacters+"-.") != "" || strings.Trim(id, ".") == "" {
		return "", errors.Errorf("the name %q must have at most %d letters, digits, '-', '_' and '.'", name, maxNameLength)
	}
	if dir {
		return id, nil
	}
	if !strings.Contains(id, ".") {
		id += "."
	}
	return id + ";1", nil
}

// folders lists all folders, each level in the order of a view's path table
// (ECMA-119, 6.9.1), and numbers them.
func (n *node) folders(v view) []*node {
	all := []*node{n}
	for i := 0; i < len(all); i++ {
		all[i].number[v] = uint16(i + 1)
		for _, c := range all[i].ordered(v) {
			if c.dir {
				all = append(all, c)
			}
		}
	}
	return all
}

// up is the parent, and for the root itself.
func (n *node) up() *node {
	if n.parent == nil {
		return n
	}
	return n.parent
}
