package container

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/pkg/errors"
)

// refName is the annotation with an image's tag in a layout (image-spec,
// image-layout.md).
const refName = "org.opencontainers.image.ref.name"

// imageLayout is a folder of the form of image-layout.md.
type imageLayout struct {
	layout.Path
	dir, tag string
}

// splitLayout takes the tag from DIR:TAG. A folder may have a colon in its name.
func splitLayout(text string) (dir, tag string) {
	if _, err := os.Stat(text); err == nil {
		return text, ""
	}
	for i := len(text) - 1; i > 0; i-- {
		if text[i] != ':' {
			continue
		}
		if info, err := os.Stat(text[:i]); err == nil && info.IsDir() {
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

func openLayout(text string) (source, error) {
	dir, tag := splitLayout(text)
	if _, err := os.Stat(filepath.Join(dir, "index.json")); err != nil {
		return nil, errors.Errorf("%s is no OCI image layout: it has no index.json", dir)
	}
	p, err := layout.FromPath(dir)
	return &imageLayout{p, dir, tag}, errors.Wrapf(err, "reading the OCI image layout %s", dir)
}

func (l *imageLayout) root(context.Context) (v1.Hash, error) {
	index, err := l.ImageIndex()
	if err != nil {
		return v1.Hash{}, errors.Wrapf(err, "reading the index of %s", l.dir)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return v1.Hash{}, errors.Wrapf(err, "reading the index of %s", l.dir)
	}
	var tags []string
	for _, d := range manifest.Manifests {
		name := d.Annotations[refName]
		if l.tag != "" && name == l.tag || l.tag == "" && len(manifest.Manifests) == 1 {
			return d.Digest, nil
		}
		tags = append(tags, name)
	}
	switch {
	case len(tags) == 0:
		return v1.Hash{}, errors.Errorf("%s has no image", l.dir)
	case l.tag == "":
		return v1.Hash{}, errors.Errorf("%s has %d images (%s): write oci:DIR:TAG", l.dir, len(tags), strings.Join(tags, ", "))
	}
	return v1.Hash{}, errors.Errorf("%s has no image %q: it has %s", l.dir, l.tag, strings.Join(tags, ", "))
}

func (l *imageLayout) manifest(ctx context.Context, digest v1.Hash) (io.ReadCloser, error) {
	return l.blob(ctx, digest)
}

func (l *imageLayout) blob(_ context.Context, digest v1.Hash) (io.ReadCloser, error) {
	stream, err := l.Blob(digest)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errors.Errorf("%s lacks its blob %s: it was not copied whole", l.dir, digest)
	}
	return stream, errors.Wrapf(err, "reading %s", l.dir)
}
