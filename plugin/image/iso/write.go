package iso

import (
	"bytes"
	"io"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// Layout is content: the image's bytes.
var _ content.Content = (*Layout)(nil)

// ReadAt reads the image's bytes, which are the same each time.
func (l *Layout) ReadAt(p []byte, offset int64) (int, error) {
	n, err := l.bytes.ReadAt(p, offset)
	if err == io.EOF {
		return n, err
	}
	return n, errors.Wrap(err, "ISO: reading what is in the image")
}

// assemble puts together the image's bytes when everything has its place.
func (l *Layout) assemble() error {
	area, err := l.systemArea()
	if err != nil {
		return err
	}
	head := bytes.Join([][]byte{area, l.descriptors()}, nil)
	views := []view{primary, joliet}
	for _, v := range views {
		for _, o := range []order{little, big} {
			head = append(head, fill(pathTable(l.dirs[v], v, o))...)
		}
	}
	for _, v := range views {
		for _, d := range l.dirs[v] {
			head = append(head, directory(d, v)...)
		}
	}
	parts := []content.Content{content.Bytes(head)}
	for _, f := range l.files {
		if f.Within != "" {
			continue // there already
		}
		c, err := l.content(f)
		if err != nil {
			return err
		}
		parts = append(parts, c, content.Zeros((SectorSize-f.size()%SectorSize)%SectorSize))
	}
	l.bytes = content.Concat(parts...)
	if l.bytes.Size() != l.Size() {
		return errors.Errorf("ISO: the image has %d bytes instead of %d", l.bytes.Size(), l.Size())
	}
	return nil
}

func (l *Layout) systemArea() ([]byte, error) {
	area := make([]byte, systemSectors*SectorSize)
	if l.image.SystemArea == nil {
		return area, nil
	}
	given, err := l.image.SystemArea(l)
	if err != nil {
		return nil, errors.Wrap(err, "ISO: making the system area")
	}
	if copy(area, given) < len(given) {
		return nil, errors.Errorf("ISO: the system area has %d bytes, there is room for %d", len(given), len(area))
	}
	return area, nil
}

// content is a file's bytes as they are in the image.
func (l *Layout) content(f File) (content.Content, error) {
	c := f.Content
	if f.Render != nil {
		rendered, err := f.Render(l)
		if err != nil {
			return nil, errors.Wrapf(err, "ISO: making %s", f.Path)
		}
		if int64(len(rendered)) != f.size() {
			return nil, errors.Errorf("ISO: %s was to have %d bytes and has %d", f.Path, f.size(), len(rendered))
		}
		c = content.Bytes(rendered)
	}
	for _, b := range l.image.Boot {
		if b.InfoTable && b.Path == f.Path {
			return l.withInfoTable(f.Path, c)
		}
	}
	if c == nil {
		return content.Zeros(0), nil
	}
	return c, nil
}
