// Package esp writes EFI system partitions: FAT file systems (Microsoft's "FAT:
// General Overview of On-Disk Format", 1.03) whose files lie in one piece each, so
// that something else may know them by their places, too.
package esp

import (
	"path"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// File is one file of a partition. Its folders are made for it.
type File struct {
	// Path is absolute and clean. Each of its names has at most 8 capital letters,
	// digits, '-' and '_', and a file's then at most 3 behind a '.':
	// "/EFI/BOOT/BOOTX64.EFI".
	Path string
	// Content is the file's bytes, at least one.
	Content content.Content
}

// Partition is a file system: all of its bytes.
type Partition struct {
	content.Content
	offsets map[string]int64
}

// Align is what the place of each file in a partition is a multiple of, in bytes.
const Align = 2048

// New makes a partition. id tells file systems apart. It fails when a path is not
// one, when a folder has more files than it has room for, and when all of it is
// larger than 2 GiB.
func New(id uint32, files []File) (Partition, error) {
	root := &node{}
	for _, f := range files {
		if err := root.insert(f); err != nil {
			return Partition{}, errors.Wrapf(err, "EFI system partition: %s", f.Path)
		}
	}
	all := root.descendants()
	v, err := geometry(all)
	if err != nil {
		return Partition{}, err
	}
	v.id = id
	if err := v.place(root, all); err != nil {
		return Partition{}, err
	}
	p := Partition{Content: v.content(root, all), offsets: map[string]int64{}}
	for _, n := range all {
		p.offsets[n.path()] = v.offset(n.cluster)
	}
	return p, nil
}

// Offset is where the bytes of the file of that path begin in the partition.
func (p Partition) Offset(path string) int64 { return p.offsets[path] }

// insert puts a file and the folders above it into the tree.
func (n *node) insert(f File) error {
	if !path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path || f.Path == "/" {
		return errors.New("the path is not absolute and clean")
	}
	if f.Content == nil || f.Content.Size() == 0 {
		return errors.New("the file is empty")
	}
	folder, err := n.folder(path.Dir(f.Path))
	if err != nil {
		return err
	}
	return folder.add(&node{name: path.Base(f.Path), content: f.Content})
}
