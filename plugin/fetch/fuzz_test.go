package fetch

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzHeaders: what a server says in its headers is a wait that is not negative, and a
// validator that If-Range can have.
func FuzzHeaders(f *testing.F) {
	f.Add("120", `"etag"`, "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT")
	f.Add("Fri, 31 Dec 9999 23:59:59 GMT", `W/"weak"`, "", "-1")
	f.Fuzz(func(t *testing.T, after, etag, modified, date string) {
		h := http.Header{"Retry-After": {after}, "Etag": {etag}, "Last-Modified": {modified}, "Date": {date}}
		if wait := retryAfter(h, time.Unix(0, 0)); wait < 0 {
			t.Errorf("waits %s", wait)
		}
		if v := validator(h); v != "" && v != etag && v != modified {
			t.Errorf("%q is none of the headers", v)
		}
	})
}

// FuzzRecord: a damaged record of the cache names no file but one of the cache.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"url":"https://example.com","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}`))
	c := &Cache{Dir: f.TempDir()}
	u := &url.URL{Scheme: "https", Host: "example.com"}
	if err := os.MkdirAll(filepath.Dir(c.recordPath(u)), 0o755); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(c.recordPath(u), content, 0o644); err != nil {
			t.Fatal(err)
		}
		if r := c.readRecord(u); r.SHA256 != "" && filepath.Dir(c.entry(r.SHA256)) != filepath.Dir(c.entry("x")) {
			t.Errorf("%q leads out of the cache", r.SHA256)
		}
	})
}
