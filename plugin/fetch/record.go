package fetch

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/atomicfile"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// record is what a URL gave last time, kept for requests without a digest: the
// server is asked whether that is still so (RFC 9110, section 13.1).
type record struct {
	URL          string `json:"url"`
	SHA256       string `json:"sha256"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

func (c *Cache) recordPath(u *url.URL) string {
	return filepath.Join(c.Dir, "url", hexSHA256(u.String())+".json")
}

// readRecord returns the record of the URL; its SHA256 is empty if there is
// none that can be used.
func (c *Cache) readRecord(u *url.URL) record {
	var r record
	content, err := input.Read(context.Background(), c.recordPath(u), input.MaxText)
	if err != nil || json.Unmarshal(content, &r) != nil || !isSHA256(r.SHA256) {
		return record{}
	}
	return r
}

// writeRecord keeps what the URL gave.
func (c *Cache) writeRecord(u *url.URL, digest string, h http.Header) error {
	content, err := json.Marshal(record{u.Redacted(), digest, h.Get("Etag"), h.Get("Last-Modified")})
	if err != nil {
		return errors.Wrap(err, "encoding a cache record")
	}
	return ReplaceFile(c.recordPath(u), content)
}

// ReplaceFile writes a small file such that other processes see the old one or
// the new one, never half of it. The folder is made when needed.
func ReplaceFile(path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return errors.Wrap(err, "making a folder")
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write(content); err != nil {
		return errors.Wrapf(err, "writing %s", path)
	}
	return errors.Wrapf(f.Commit(), "replacing %s", path)
}
