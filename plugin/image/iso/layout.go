package iso

import (
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// Layout is an image with a place for everything, and the content of its bytes.
type Layout struct {
	image   Image
	files   []File // the image's, and the boot catalogue
	root    *node
	dirs    [2][]*node       // each view's folders, in its path table's order
	nodes   map[string]*node // the files, by path
	sectors uint32
	bytes   content.Content

	tables, jolietTables pathTables
}

// pathTables are the places of a tree's two path tables.
type pathTables struct {
	size        uint32 // of one, in bytes
	little, big uint32 // first sectors
}

// Layout gives everything its place. It fails when the image cannot be written.
func (img Image) Layout() (*Layout, error) {
	if err := img.check(); err != nil {
		return nil, err
	}
	catalog := File{Path: catalogPath, Content: content.Zeros(SectorSize), Render: (*Layout).catalog}
	l := &Layout{image: img, files: append([]File{catalog}, img.Files...), nodes: map[string]*node{}}
	var err error
	if l.root, err = tree(l.files); err != nil {
		return nil, err
	}
	l.dirs = [2][]*node{l.root.folders(primary), l.root.folders(joliet)}
	if err := l.place(); err != nil {
		return nil, err
	}
	for _, b := range img.Boot {
		if _, _, ok := l.Extent(b.Path); !ok {
			return nil, errors.Errorf("ISO: the boot image %s is not among the files", b.Path)
		}
	}
	return l, l.assemble()
}

// The volume descriptors' sectors. Firmware looks for the boot record in
// sector 17 and nowhere else (El Torito, 2.0).
const (
	primaryAt = systemSectors + iota
	bootRecordAt
	jolietAt
	terminatorAt
	firstFree
)

// place lays out path tables, folders and files, in that order.
func (l *Layout) place() error {
	next := uint32(firstFree)
	take := func(bytes uint32) uint32 {
		at := next
		next += sectors(bytes)
		return at
	}
	l.tables.size = uint32(len(pathTable(l.dirs[primary], primary, little)))
	l.tables.little, l.tables.big = take(l.tables.size), take(l.tables.size)
	l.jolietTables.size = uint32(len(pathTable(l.dirs[joliet], joliet, little)))
	l.jolietTables.little, l.jolietTables.big = take(l.jolietTables.size), take(l.jolietTables.size)
	for _, d := range l.dirs[primary] {
		d.size = uint32(len(directory(d, primary)))
		d.lba = take(d.size)
	}
	for _, d := range l.dirs[joliet] {
		d.joliet.size = uint32(len(directory(d, joliet)))
		d.joliet.lba = take(d.joliet.size)
	}
	byFile := map[*File]*node{}
	for _, d := range l.dirs[primary] {
		for _, c := range d.children {
			if !c.dir {
				byFile[c.file] = c
			}
		}
	}
	for i := range l.files {
		n := byFile[&l.files[i]]
		if n.file.Within == "" {
			n.lba = take(n.size)
		} else if err := l.placeWithin(n); err != nil {
			return err
		}
		l.nodes[n.file.Path] = n
	}
	l.sectors = next
	return nil
}

// placeWithin gives a file its place in another.
func (l *Layout) placeWithin(n *node) error {
	f := n.file
	outer, ok := l.nodes[f.Within]
	if !ok || f.Offset < 0 || f.Offset+int64(n.size) > int64(outer.size) {
		return errors.Errorf("ISO: %s cannot be %d bytes of %s, from %d on", f.Path, n.size, f.Within, f.Offset)
	}
	n.lba = outer.lba + uint32(f.Offset/SectorSize)
	return nil
}

// Size is the image's size in bytes.
func (l *Layout) Size() int64 { return int64(l.sectors) * SectorSize }

// Extent tells where a file is: its first sector, of SectorSize, and its size
// in bytes.
func (l *Layout) Extent(path string) (lba uint32, size int64, ok bool) {
	n, ok := l.nodes[path]
	if !ok {
		return 0, 0, false
	}
	return n.lba, int64(n.size), true
}

// sectors is the number of sectors that n bytes take.
func sectors(n uint32) uint32 { return uint32((uint64(n) + SectorSize - 1) / SectorSize) }
