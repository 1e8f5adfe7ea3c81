package esp

import (
	"encoding/binary"
	"path"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// node is a file, or a folder, which has no content.
type node struct {
	name     string // "" for the root
	parent   *node
	children []*node
	content  content.Content

	cluster uint32 // its first, 0 for the root, which is elsewhere
}

func (n *node) dir() bool { return n.content == nil }

// size is a file's, in bytes.
func (n *node) size() int64 {
	if n.dir() {
		return 0
	}
	return n.content.Size()
}

func (n *node) path() string {
	if n.parent == nil {
		return "/"
	}
	return path.Join(n.parent.path(), n.name)
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
	for _, c := range parent.children {
		if c.name == path.Base(dir) && c.dir() {
			return c, nil
		}
	}
	made := &node{name: path.Base(dir)}
	return made, parent.add(made)
}

func (n *node) add(c *node) error {
	if _, err := shortName(c.name); err != nil {
		return err
	}
	for _, other := range n.children {
		if other.name == c.name {
			return errors.Errorf("there is a %s already", c.name)
		}
	}
	c.parent = n
	n.children = append(n.children, c)
	return nil
}

// descendants lists all below n, the folders before what they hold.
func (n *node) descendants() []*node {
	all := append([]*node(nil), n.children...)
	for i := 0; i < len(all); i++ {
		all = append(all, all[i].children...)
	}
	return all
}

const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// shortName is a name as an entry has it: 8 characters and 3, filled with spaces.
func shortName(name string) ([]byte, error) {
	base, extension, dot := strings.Cut(name, ".")
	if base == "" || len(base) > 8 || len(extension) > 3 || dot && extension == "" ||
		strings.Trim(base+extension, characters) != "" {
		return nil, errors.Errorf("the name %q must have at most 8 capital letters, digits, '-' and '_', and 3 behind a '.'", name)
	}
	return padded(base, extension), nil
}

func padded(base, extension string) []byte {
	b := []byte(strings.Repeat(" ", 8+3))
	copy(b, base)
	copy(b[8:], extension)
	return b
}

const (
	entrySize       = 32
	attributeFolder = 0x10
	attributeFile   = 0x20 // "archive"
	// date is the first there can be, 1 January 1980: years from 1980, month, day.
	date = 1<<5 | 1
)

// entry describes a file or a folder (section 6).
func entry(name []byte, n *node) []byte {
	e := make([]byte, entrySize)
	copy(e, name)
	e[11] = attributeFile
	if n.dir() {
		e[11] = attributeFolder
	}
	for _, at := range []int{16, 18, 24} { // made, read, written
		binary.LittleEndian.PutUint16(e[at:], date)
	}
	binary.LittleEndian.PutUint16(e[26:], uint16(n.cluster))
	binary.LittleEndian.PutUint32(e[28:], uint32(n.size()))
	return e
}

// entries are a folder's. All but the root begin with themselves and the folder
// above (section 6.4).
func (n *node) entries() []byte {
	var b []byte
	if n.parent != nil {
		b = append(b, entry(padded(".", ""), n)...)
		b = append(b, entry(padded("..", ""), n.parent)...)
	}
	for _, c := range n.children {
		name, _ := shortName(c.name) // checked when it was added
		b = append(b, entry(name, c)...)
	}
	return b
}
