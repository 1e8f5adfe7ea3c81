package container

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// Image is a container image for one platform.
type Image struct {
	// Digest is what the reference led to, as in "sha256:…": an index, a manifest, or,
	// of docker save, the image's id.
	Digest string
	// Config is how it is run.
	Config v1.Config
	// Attributes are the extended attributes (xattr(7)) that its files have, and the
	// paths of those files, once Tree has read them.
	Attributes map[string][]string

	store  store
	layers []layer
}

// layer is one of an image's layers, by the digests of its archive as it is sent and
// as it is unpacked.
type layer struct{ packed, unpacked v1.Hash }

// Open reads what an image is. reference is as CheckReference has it, arch the
// architecture in Go's terms. What is fetched is kept in the cache, by its digest. The
// errors name what is wrong with the image, not the image.
func Open(ctx context.Context, cache *fetch.Cache, reference, arch string) (*Image, error) {
	from, err := openSource(reference)
	if err != nil {
		return nil, err
	}
	root, err := from.root(ctx)
	if err != nil {
		return nil, err
	}
	s := store{cache, from}
	manifest, err := s.choose(ctx, root, arch)
	if err != nil {
		return nil, err
	}
	raw, err := s.text(ctx, "the configuration", manifest.Config.Digest, from.blob)
	if err != nil {
		return nil, err
	}
	config, err := parseConfig(raw, arch)
	if err != nil {
		return nil, errors.Wrap(err, "the configuration")
	}
	image := &Image{Digest: root.String(), Config: config.Config, store: s}
	if saved, ok := from.(*archive); ok {
		image.Digest = saved.id.String()
	}
	image.layers, err = pair(manifest.Layers, config.RootFS.DiffIDs)
	return image, err
}

// pair finds each layer's two digests.
func pair(packed []v1.Descriptor, unpacked []v1.Hash) ([]layer, error) {
	if len(packed) != len(unpacked) {
		return nil, errors.Errorf("the manifest has %d layers, the configuration %d: the image is damaged", len(packed), len(unpacked))
	}
	var layers []layer
	for i, d := range packed {
		switch {
		case len(d.URLs) > 0 || strings.Contains(string(d.MediaType), "foreign") || strings.Contains(string(d.MediaType), "nondistributable"):
			return nil, errors.Errorf("the layer %s is not with the image but elsewhere (%s), as those of Windows are: it is no image to make a machine of", d.Digest, d.MediaType)
		case !d.MediaType.IsLayer():
			return nil, errors.Errorf("the layer %s is of the type %q, which is no archive of files: is it a container image?", d.Digest, d.MediaType)
		}
		layers = append(layers, layer{d.Digest, unpacked[i]})
	}
	return layers, nil
}

// Tree reads the layers. The contents of files stay in the cache, in files that must
// not change as long as they are read.
func (i *Image) Tree(ctx context.Context) (*Tree, error) {
	r := reader{tree: NewTree(), attributes: map[string][]string{}}
	left := int64(maxUnpacked)
	for _, l := range i.layers {
		wrap := func(err error) error { return errors.Wrapf(err, "the layer %s", l.packed) }
		path, err := i.store.layer(ctx, l, left)
		if err != nil {
			return nil, wrap(err)
		}
		file, err := input.NewFile(path, maxUnpacked)
		if err != nil {
			return nil, wrap(err)
		}
		if left -= file.Size(); left < 0 {
			return nil, wrap(&fetch.SizeError{Max: maxUnpacked})
		}
		if err := r.read(ctx, file); err != nil {
			return nil, wrap(err)
		}
	}
	i.Attributes = r.sorted()
	return r.tree, nil
}

// parseConfig reads an image's configuration, and checks that it is for the
// architecture.
func parseConfig(raw []byte, arch string) (*v1.ConfigFile, error) {
	c, err := v1.ParseConfigFile(bytes.NewReader(raw))
	switch {
	case err != nil:
		return nil, errors.Wrap(err, "it is damaged")
	case c.OS != "linux" || c.Architecture != arch:
		return nil, errors.Errorf("the image is for %s/%s, the machine is linux/%s: take the image for that, or another kernel", c.OS, c.Architecture, arch)
	case c.RootFS.Type != "layers" && len(c.RootFS.DiffIDs) > 0:
		return nil, errors.Errorf("its root is of the type %q, not made of layers", c.RootFS.Type)
	}
	return c, nil
}

// manifestOrIndex is what both have, and how to tell them apart.
type manifestOrIndex struct {
	v1.Manifest
	Manifests []v1.Descriptor `json:"manifests"`
	// FSLayers are those of docker's first form.
	FSLayers []json.RawMessage `json:"fsLayers"`
}

// maxIndexes is how deep indexes may be in one another.
const maxIndexes = 4

// choose returns the manifest for an architecture.
func (s store) choose(ctx context.Context, digest v1.Hash, arch string) (*v1.Manifest, error) {
	for range maxIndexes {
		raw, err := s.text(ctx, "the manifest "+digest.String(), digest, s.from.manifest)
		if err != nil {
			return nil, err
		}
		var m manifestOrIndex
		if err := json.Unmarshal(raw, &m); err != nil {
			return nil, errors.Wrap(err, "the manifest is damaged")
		}
		switch {
		case m.Manifests != nil:
			if digest, err = forPlatform(m.Manifests, arch); err != nil {
				return nil, err
			}
		case m.FSLayers != nil:
			return nil, errors.New("the image is of docker's first form (schema 1), which registries have given up: push it anew")
		case m.Config.Digest == v1.Hash{}:
			return nil, errors.New("the manifest names no configuration: is it a container image?")
		default:
			return &m.Manifest, nil
		}
	}
	return nil, errors.Errorf("its indexes are more than %d deep", maxIndexes)
}

// forPlatform finds the image for an architecture in an index. Of several the first
// that names no variant, or the usual one, is it.
func forPlatform(manifests []v1.Descriptor, arch string) (v1.Hash, error) {
	var has []string
	var another v1.Hash
	for _, d := range manifests {
		p := d.Platform
		switch {
		case p == nil:
			if len(manifests) == 1 {
				return d.Digest, nil
			}
			continue
		case p.OS == "linux" && p.Architecture == arch && slices.Contains([]string{"", "v1", "v8"}, p.Variant):
			return d.Digest, nil
		case p.OS == "linux" && p.Architecture == arch && another == v1.Hash{}:
			another = d.Digest
		case p.OS != "unknown": // what says how the image was built
			has = append(has, p.String())
		}
	}
	if another != (v1.Hash{}) {
		return another, nil
	}
	return v1.Hash{}, errors.Errorf("there is no image for linux/%s, only for %s: take another image, or another kernel", arch, strings.Join(has, ", "))
}
