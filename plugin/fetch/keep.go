package fetch

import (
	"context"
	"io"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// Stream is a file that comes from somewhere else than a URL.
type Stream struct {
	// SHA256 is the file's digest in hexadecimal.
	SHA256 string
	// Name is for people, in errors.
	Name string
	// MaxSize in bytes.
	MaxSize int64
	// Open starts the stream. It is called only if the file is not in the cache.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Keep returns the path of a file with the digest, as Get does: from the cache, or
// else from the stream. It fails with a *DigestError if that is another file, and a
// *SizeError if it is too large.
func (c *Cache) Keep(ctx context.Context, s Stream) (string, error) {
	if !isSHA256(s.SHA256) {
		return "", errors.Errorf("%q is not the SHA-256 of %s: that has 64 hexadecimal digits", s.SHA256, s.Name)
	}
	if path, ok := c.lookup(ctx, s.SHA256); ok {
		return path, nil
	}
	if err := c.makeFolders(); err != nil {
		return "", err
	}
	r := Request{SHA256: s.SHA256, Name: s.Name}
	unlock, err := c.lock(ctx, r)
	if err != nil {
		return "", err
	}
	defer unlock()
	if path, ok := c.lookup(ctx, s.SHA256); ok {
		return path, nil
	}
	// No other name than Get's, as what it left may be the start of this very file.
	part, err := openPartial(ctx, c.partialPath(r, ".part"), false, s.MaxSize)
	if err != nil {
		return "", errors.Wrapf(err, "opening a file in the cache for %s", s.Name)
	}
	defer part.close()
	stream, err := s.Open(ctx)
	if err != nil {
		return "", err
	}
	defer stream.Close()
	if _, err := io.CopyBuffer(part, input.Reader(ctx, stream), make([]byte, 1<<18)); err != nil {
		return "", err
	}
	return c.commit(r, part)
}
