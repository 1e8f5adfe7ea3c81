package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path"
	"strings"

	"github.com/pkg/errors"
)

// check parses the URLs and fills in what was left empty.
func (r *Request) check() ([]*url.URL, error) {
	if len(r.URLs) == 0 {
		return nil, errors.Errorf("there is no URL to fetch %s from", r.Name)
	}
	var urls []*url.URL
	for _, s := range r.URLs {
		u, err := url.Parse(s)
		if err != nil {
			return nil, errors.Wrap(err, "reading a URL")
		}
		if err := checkURL(u); err != nil {
			return nil, errors.Wrapf(err, "the URL %q", u.Redacted())
		}
		urls = append(urls, u)
	}
	if r.Name == "" {
		r.Name = path.Base(urls[0].Host + urls[0].Path)
	}
	if r.MaxSize == 0 {
		r.MaxSize = 1 << 30
	}
	r.SHA256 = strings.ToLower(r.SHA256)
	if r.SHA256 != "" && !isSHA256(r.SHA256) {
		return nil, errors.Errorf("%q is not the SHA-256 of %s: that has 64 hexadecimal digits", r.SHA256, r.Name)
	}
	return urls, nil
}

// isSHA256 tells whether s is a digest in hexadecimal.
func isSHA256(s string) bool {
	digest, err := hex.DecodeString(s)
	return err == nil && len(digest) == sha256.Size
}

// fixed tells whether the file is the same each time it is asked for.
func (r *Request) fixed() bool { return r.SHA256 != "" || r.Immutable }

func checkURL(u *url.URL) error {
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return errors.New("names no host")
		}
		return nil
	case "file":
		_, err := localPath(u)
		return err
	}
	return errors.New("is none: write http://, https:// or file:// and an absolute path")
}
