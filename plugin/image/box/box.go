// Package box writes Vagrant boxes: a compressed tar archive of a machine's
// disk and its description.
package box

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/pkg/errors"
)

// Box is a box for one provider, made by VirtualBox or Libvirt.
type Box struct {
	metadata map[string]any
	files    []file
}

// file is one in the archive.
type file struct {
	name    string
	size    int64
	head    int64 // how much of it, from its start, is nearly all zeros
	content io.WriterTo
}

func inMemory(name string, content []byte) file {
	return file{name: name, size: int64(len(content)), content: bytes.NewReader(content)}
}

// gzipLevel: the disk in the box is compressed already, but for the padding of
// its grains, which only the levels that look far find.
const gzipLevel = 8

// Write writes the box as a USTAR archive, gzip'ed. No user, clock or path of
// this host reaches it. The metadata comes first, since it is what the
// registries look for in an archive of any size. A box can be written once.
func Write(w io.Writer, b Box) error {
	metadata, err := json.Marshal(b.metadata)
	if err != nil {
		return errors.Wrap(err, "box: writing metadata.json")
	}
	z, err := gzip.NewWriterLevel(w, gzipLevel)
	if err != nil {
		return errors.Wrap(err, "box: setting the gzip level")
	}
	z.ModTime = time.Unix(0, 0) // written as 0, "no time stamp" (RFC 1952, 2.3.1)
	archive := tar.NewWriter(z)
	for _, f := range append([]file{inMemory("metadata.json", append(metadata, '\n'))}, b.files...) {
		if err := add(archive, z, f); err != nil {
			return errors.Wrapf(err, "box: writing %s", f.name)
		}
	}
	if err := archive.Close(); err != nil {
		return errors.Wrap(err, "box: ending the archive")
	}
	return errors.Wrap(z.Close(), "box: compressing")
}

// add writes one file. z is flushed behind its head, as what shares a block with
// that would not be compressed.
func add(archive *tar.Writer, z *gzip.Writer, f file) error {
	err := archive.WriteHeader(&tar.Header{
		Name: f.name, Mode: 0o644, Size: f.size,
		ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR,
	})
	if err != nil {
		return err
	}
	if _, err := f.content.WriteTo(&flushing{w: archive, z: z, head: f.head}); err != nil {
		return err
	}
	return archive.Flush() // fails if it was less than the header says
}

// flushing flushes z when head bytes have gone through.
type flushing struct {
	w    io.Writer
	z    *gzip.Writer
	head int64
}

func (f *flushing) Write(p []byte) (int, error) {
	if f.head == 0 || int64(len(p)) < f.head {
		f.head -= min(f.head, int64(len(p)))
		return f.w.Write(p)
	}
	n, err := f.w.Write(p[:f.head])
	if err == nil {
		err = f.z.Flush()
	}
	if err != nil {
		return n, err
	}
	f.head = 0
	more, err := f.w.Write(p[n:])
	return n + more, err
}
