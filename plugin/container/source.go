package container

import (
	"context"
	"io"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/pkg/errors"
)

// source is where the parts of an image are.
type source interface {
	// root is the digest of the index or manifest that the reference names.
	root(ctx context.Context) (v1.Hash, error)
	// manifest starts to read an index or a manifest.
	manifest(ctx context.Context, digest v1.Hash) (io.ReadCloser, error)
	// blob starts to read a configuration or a layer.
	blob(ctx context.Context, digest v1.Hash) (io.ReadCloser, error)
}

// The beginnings of references to local images.
const (
	layoutPrefix  = "oci:"
	archivePrefix = "docker-archive:"
)

// CheckReference fails for what is no reference: "registry/name:tag", also without a
// registry or a tag, as docker has it, "name@sha256:…", "oci:DIR", "oci:DIR:TAG" or
// "docker-archive:FILE.tar". It opens no file.
func CheckReference(reference string) error {
	if rest, ok := strings.CutPrefix(reference, layoutPrefix); ok {
		return needPath(rest, "oci:DIR or oci:DIR:TAG")
	}
	if rest, ok := strings.CutPrefix(reference, archivePrefix); ok {
		return needPath(rest, "docker-archive:FILE.tar")
	}
	_, err := parseName(reference)
	return err
}

func needPath(path, form string) error {
	if path == "" {
		return errors.Errorf("it names no file: write %s", form)
	}
	return nil
}

// LocalPath is the file or folder that a reference names, empty if it is none.
func LocalPath(reference string) string {
	if rest, ok := strings.CutPrefix(reference, layoutPrefix); ok {
		dir, _ := splitLayout(rest)
		return dir
	}
	rest, ok := strings.CutPrefix(reference, archivePrefix)
	if !ok {
		return ""
	}
	return rest
}

func openSource(reference string) (source, error) {
	if rest, ok := strings.CutPrefix(reference, layoutPrefix); ok {
		return openLayout(rest)
	}
	if rest, ok := strings.CutPrefix(reference, archivePrefix); ok {
		return openArchive(rest)
	}
	return openRegistry(reference)
}
