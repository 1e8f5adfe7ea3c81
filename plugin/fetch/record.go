package fetch

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
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
	content, err := os.ReadFile(c.recordPath(u))
	if err != nil || json.Unmarshal(content, &r) != nil || len(r.SHA256) != 64 || filepath.Base(r.SHA256) != r.SHA256 {
		return record{}
	}
	return r
}

// writeRecord keeps what the URL gave. Other processes see the old record or
// the new one, never half of it.
func (c *Cache) writeRecord(u *url.URL, digest string, h http.Header) error {
	content, err := json.Marshal(record{u.Redacted(), digest, h.Get("Etag"), h.Get("Last-Modified")})
	if err != nil {
		return errors.Wrap(err, "encoding a cache record")
	}
	f, err := os.CreateTemp(filepath.Join(c.Dir, "url"), "new-")
	if err != nil {
		return errors.Wrap(err, "writing to the download cache")
	}
	_, err = f.Write(content)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), c.recordPath(u))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one to tell
	}
	return errors.Wrap(err, "writing to the download cache")
}
