package container

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/pkg/errors"
)

// registry has images by their names.
type registry struct {
	ref    name.Reference
	puller *remote.Puller
	got    *remote.Descriptor // what the tag leads to, once it was asked for
}

// parseName reads a name as docker does: without a registry it is Docker Hub's,
// without a tag it is latest.
func parseName(reference string) (name.Reference, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return nil, errors.Errorf("%q is no image's name: write registry/name:tag, name@sha256:…, oci:DIR or docker-archive:FILE.tar", reference)
	}
	return ref, nil
}

func openRegistry(reference string) (source, error) {
	ref, err := parseName(reference)
	if err != nil {
		return nil, err
	}
	// Credentials are those of docker's and podman's configuration and helpers.
	puller, err := remote.NewPuller(remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithUserAgent("scratchmachine"))
	return &registry{ref: ref, puller: puller}, errors.Wrap(err, "preparing to ask the registry")
}

func (r *registry) root(ctx context.Context) (v1.Hash, error) {
	if digest, ok := r.ref.(name.Digest); ok {
		hash, err := v1.NewHash(digest.DigestStr())
		return hash, errors.Wrap(err, "reading the digest")
	}
	got, err := r.puller.Get(ctx, r.ref)
	if err != nil {
		return v1.Hash{}, r.explain(err)
	}
	r.got = got
	return got.Digest, nil
}

func (r *registry) manifest(ctx context.Context, digest v1.Hash) (io.ReadCloser, error) {
	if r.got == nil || r.got.Digest != digest {
		got, err := r.puller.Get(ctx, r.ref.Context().Digest(digest.String()))
		if err != nil {
			return nil, r.explain(err)
		}
		return io.NopCloser(bytes.NewReader(got.Manifest)), nil
	}
	return io.NopCloser(bytes.NewReader(r.got.Manifest)), nil
}

func (r *registry) blob(ctx context.Context, digest v1.Hash) (io.ReadCloser, error) {
	layer, err := r.puller.Layer(ctx, r.ref.Context().Digest(digest.String()))
	if err != nil {
		return nil, r.explain(err)
	}
	stream, err := layer.Compressed()
	return stream, r.explain(err)
}

// explain says what to do about what a registry answers.
func (r *registry) explain(err error) error {
	var answer *transport.Error
	if !errors.As(err, &answer) {
		return errors.Wrapf(err, "asking the registry %s", r.ref.Context().RegistryStr())
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return errors.Errorf("the registry %s lets nobody have %s without the right credentials: run docker login %[1]s, or check the name",
			r.ref.Context().RegistryStr(), r.ref.Context().RepositoryStr())
	case http.StatusNotFound:
		return errors.Errorf("the registry %s has no %s: check the name and the tag", r.ref.Context().RegistryStr(), r.ref.Identifier())
	}
	return errors.Wrapf(err, "asking the registry %s", r.ref.Context().RegistryStr())
}
