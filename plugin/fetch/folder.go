package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

func (c *Cache) makeFolders() error {
	for _, name := range []string{"sha256", "url", "partial"} {
		if err := os.MkdirAll(filepath.Join(c.Dir, name), 0o755); err != nil {
			return errors.Wrap(err, "making the download cache")
		}
	}
	return nil
}

// entry is the path of the complete file with the digest.
func (c *Cache) entry(digest string) string {
	return filepath.Join(c.Dir, "sha256", digest)
}

// partialPath is where the download of r is kept, and with another extension
// its lock. Requests for one digest share it, whatever their URLs.
func (c *Cache) partialPath(r Request, extension string) string {
	key := r.SHA256
	if key == "" {
		key = "url-" + hexSHA256(strings.Join(r.URLs, "\n"))
	}
	return filepath.Join(c.Dir, "partial", key+extension)
}

// lookup returns the path of the entry with the digest, if it is there and
// whole. A damaged one stays until a good one is renamed over it: whoever removed
// it might remove the good one.
func (c *Cache) lookup(ctx context.Context, digest string) (string, bool) {
	if digest == "" {
		return "", false
	}
	path := c.entry(digest)
	got, err := fileSHA256(ctx, path)
	if errors.Is(err, os.ErrNotExist) || ctx.Err() != nil {
		return "", false
	}
	if err != nil || got != digest {
		c.log("the cached file " + path + " is damaged and not used")
		return "", false
	}
	return path, true
}

// passes tells whether the cached file at path passes the caller's check.
func (c *Cache) passes(r Request, path string) bool {
	if r.Check == nil {
		return true
	}
	err := r.Check(path)
	if err != nil {
		c.log("the cached file of " + r.Name + " is not used: " + err.Error())
	}
	return err == nil
}

func fileSHA256(ctx context.Context, path string) (string, error) {
	f, err := input.Open(path, math.MaxInt64)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.CopyBuffer(h, input.Reader(ctx, f), make([]byte, 1<<18)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func hexSHA256(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
