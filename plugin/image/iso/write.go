package iso

import (
	"io"

	"github.com/pkg/errors"
)

// WriteTo writes the image, from its first byte to its last. It can be called
// more than once, and gives the same bytes each time.
func (l *Layout) WriteTo(w io.Writer) (int64, error) {
	out := &counter{w: w}
	area, err := l.systemArea()
	if err != nil {
		return 0, err
	}
	parts := [][]byte{area, l.descriptors()}
	views := []view{primary, joliet}
	for _, v := range views {
		for _, o := range []order{little, big} {
			parts = append(parts, fill(pathTable(l.dirs[v], v, o)))
		}
	}
	for _, v := range views {
		for _, d := range l.dirs[v] {
			parts = append(parts, directory(d, v))
		}
	}
	for _, p := range parts {
		out.write(p)
	}
	for _, f := range l.files {
		if f.Within != "" {
			continue // written already
		}
		content, err := l.content(f)
		if err != nil {
			return out.n, err
		}
		out.write(content)
		for _, more := range f.Rest {
			out.write(more)
		}
		out.write(make([]byte, (SectorSize-f.size()%SectorSize)%SectorSize))
	}
	if out.err == nil && out.n != l.Size() {
		out.err = errors.Errorf("wrote %d bytes instead of %d", out.n, l.Size())
	}
	return out.n, errors.Wrap(out.err, "ISO: writing the image")
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
func (l *Layout) content(f File) ([]byte, error) {
	content := f.Content
	if f.Render != nil {
		var err error
		if content, err = f.Render(l); err != nil {
			return nil, errors.Wrapf(err, "ISO: making %s", f.Path)
		}
		if len(content) != len(f.Content) {
			return nil, errors.Errorf("ISO: %s was to have %d bytes and has %d", f.Path, len(f.Content), len(content))
		}
	}
	for _, b := range l.image.Boot {
		if b.InfoTable && b.Path == f.Path {
			return l.withInfoTable(f.Path, content)
		}
	}
	return content, nil
}

// counter remembers the first error and how much was written.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) write(p []byte) {
	if c.err != nil {
		return
	}
	var n int
	n, c.err = c.w.Write(p)
	c.n += int64(n)
}
