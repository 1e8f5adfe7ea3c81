package container

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// record is what a tag led to.
type record struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

// recordPath is where the record of a registry's tag is, empty for all else, which has
// none.
func (i *Image) recordPath() string {
	r, ok := i.store.from.(*registry)
	if !ok {
		return ""
	}
	if _, fixed := r.ref.(name.Digest); fixed {
		return ""
	}
	key := sha256.Sum256([]byte(r.ref.Name()))
	return filepath.Join(i.store.cache.Dir, "tag", hex.EncodeToString(key[:])+".json")
}

// Before is the digest that a registry's tag had when Remember was last called for it,
// if it was another one; else empty.
func (i *Image) Before(ctx context.Context) string {
	var before record
	path := i.recordPath()
	if path == "" {
		return ""
	}
	text, err := input.Read(ctx, path, input.MaxText)
	if err != nil || json.Unmarshal(text, &before) != nil || before.Digest == i.Digest {
		return ""
	}
	return before.Digest
}

// Remember keeps what a registry's tag leads to now.
func (i *Image) Remember() error {
	path := i.recordPath()
	if path == "" {
		return nil
	}
	text, err := json.Marshal(record{i.store.from.(*registry).ref.Name(), i.Digest})
	if err != nil {
		return err
	}
	return fetch.ReplaceFile(path, text)
}
