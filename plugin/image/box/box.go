// Package box writes Vagrant boxes: a compressed tar archive of a machine's
// disk and its description.
package box

import (
	"archive/tar"
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/deflate"
)

// Box is a box for one provider, made by VirtualBox, Libvirt or VMware.
type Box struct {
	metadata map[string]any
	files    []file
}

// file is one in the archive.
type file struct {
	name string
	content.Content
}

// Write writes the box as a USTAR archive, gzip'ed. No user, clock or path of
// this host reaches it. The metadata comes first, since it is what the
// registries look for in an archive of any size. It ends soon after ctx does.
func Write(ctx context.Context, w io.Writer, b Box) error {
	metadata, err := json.Marshal(b.metadata)
	if err != nil {
		return errors.Wrap(err, "box: writing metadata.json")
	}
	z := deflate.NewWriter(w)
	archive := tar.NewWriter(z)
	for _, f := range append([]file{{"metadata.json", content.Bytes(append(metadata, '\n'))}}, b.files...) {
		if err := add(ctx, archive, f); err != nil {
			return errors.Wrapf(err, "box: writing %s", f.name)
		}
	}
	if err := archive.Close(); err != nil {
		return errors.Wrap(err, "box: ending the archive")
	}
	return errors.Wrap(z.Close(), "box: compressing")
}

func add(ctx context.Context, archive *tar.Writer, f file) error {
	err := archive.WriteHeader(&tar.Header{
		Name: f.name, Mode: 0o644, Size: f.Size(),
		ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR,
	})
	if err != nil {
		return err
	}
	return content.Copy(ctx, archive, f)
}
