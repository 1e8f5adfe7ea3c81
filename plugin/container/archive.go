package container

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// maxArchive bounds the file of docker save, in bytes.
const maxArchive = 64 << 30

// archive is a file that docker save wrote. It has no manifest of the registries'
// form, so one is made of what is in it.
type archive struct {
	made, config []byte
	id           v1.Hash // of the configuration
	layers       map[v1.Hash]v1.Layer
}

func openArchive(path string) (source, error) {
	open := func() (io.ReadCloser, error) { return input.Open(path, maxArchive) }
	fail := func(err error) (source, error) {
		return nil, errors.Wrapf(err, "reading %s as docker save writes it", path)
	}
	list, err := tarball.LoadManifest(open)
	if err != nil {
		return fail(err)
	}
	if len(list) != 1 {
		var names []string
		for _, one := range list {
			names = append(names, strings.Join(one.RepoTags, " "))
		}
		return nil, errors.Errorf("%s has %d images (%s): save one with docker save IMAGE", path, len(list), strings.Join(names, ", "))
	}
	image, err := tarball.Image(open, nil)
	if err != nil {
		return fail(err)
	}
	a := &archive{layers: map[v1.Hash]v1.Layer{}}
	if a.config, err = image.RawConfigFile(); err != nil {
		return fail(err)
	}
	layers, err := image.Layers()
	if err != nil {
		return fail(err)
	}
	return a, errors.Wrapf(a.describe(layers), "reading %s as docker save writes it", path)
}

// describe makes the manifest. A layer's digest is that of its archive as it is
// before it is compressed.
func (a *archive) describe(layers []v1.Layer) error {
	var err error
	if a.id, _, err = v1.SHA256(bytes.NewReader(a.config)); err != nil {
		return err
	}
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.DockerManifestSchema2}
	m.Config = v1.Descriptor{MediaType: types.DockerConfigJSON, Digest: a.id, Size: int64(len(a.config))}
	for _, layer := range layers {
		id, err := layer.DiffID()
		if err != nil {
			return err
		}
		a.layers[id] = layer
		m.Layers = append(m.Layers, v1.Descriptor{MediaType: types.DockerUncompressedLayer, Digest: id})
	}
	a.made, err = json.Marshal(m)
	return err
}

func (a *archive) root(context.Context) (v1.Hash, error) {
	digest, _, err := v1.SHA256(bytes.NewReader(a.made))
	return digest, err
}

func (a *archive) manifest(context.Context, v1.Hash) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(a.made)), nil
}

func (a *archive) blob(_ context.Context, digest v1.Hash) (io.ReadCloser, error) {
	if digest == a.id {
		return io.NopCloser(bytes.NewReader(a.config)), nil
	}
	return a.layers[digest].Uncompressed()
}
