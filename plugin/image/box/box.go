// Package box writes Vagrant boxes: a compressed tar archive of a machine's
// disk and its description.
package box

import (
	"archive/tar"
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/disk"
)

// Box is a box for one provider, made by VirtualBox, Libvirt or VMware.
type Box struct {
	metadata map[string]any
	files    []file
}

// Disk is a virtual disk around an image.
type Disk struct {
	*disk.Layout
	// Image delivers the image from its start.
	Image func() io.ReadCloser
}

// file is one in the archive.
type file struct {
	name  string
	size  int64
	head  int64 // how much of it, from its start, is nearly all zeros
	write func(context.Context, io.Writer) error
}

func inMemory(name string, content []byte) file {
	return file{name: name, size: int64(len(content)), write: func(_ context.Context, w io.Writer) error {
		_, err := w.Write(content)
		return err
	}}
}

// onDisk is a disk as a file.
func onDisk(name string, d Disk) file {
	return file{name: name, size: d.Size(), head: d.Head(), write: func(ctx context.Context, w io.Writer) error {
		image := d.Image()
		defer image.Close()
		return d.Write(ctx, w, image)
	}}
}

// gzipLevel: the disk in the box is compressed already, but for the padding of
// its grains, which only the levels that look far find.
const gzipLevel = 8

// Write writes the box as a USTAR archive, gzip'ed. No user, clock or path of
// this host reaches it. The metadata comes first, since it is what the
// registries look for in an archive of any size. It ends soon after ctx does.
func Write(ctx context.Context, w io.Writer, b Box) error {
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
		if err := add(ctx, archive, z, f); err != nil {
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
func add(ctx context.Context, archive *tar.Writer, z *gzip.Writer, f file) error {
	err := archive.WriteHeader(&tar.Header{
		Name: f.name, Mode: 0o644, Size: f.size,
		ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR,
	})
	if err != nil {
		return err
	}
	if err := f.write(ctx, &flushing{w: archive, z: z, head: f.head}); err != nil {
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
