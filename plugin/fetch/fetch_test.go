package fetch_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
)

func TestGetTwiceAsksOnce(t *testing.T) {
	s, c := serve(t), newCache(t)
	for range 2 {
		path, err := get(c, strings.ToUpper(digest), s.URL+"/linux-virt.apk")
		wantContent(t, path, err)
	}
	if n := len(s.seen("Range")); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	if left := parts(t, c); len(left) != 0 {
		t.Errorf("these are left: %q", left)
	}
}

// What the servers do wrong, and the download that comes right all the same.
func TestRecovery(t *testing.T) {
	full := ""
	tests := []struct {
		name   string
		faults []http.HandlerFunc
		ranges []string // what each request asked for
		noSHA  bool
	}{
		{name: "500 twice", faults: []http.HandlerFunc{status(500), status(503)}, ranges: []string{full, full, full}},
		{name: "429", faults: []http.HandlerFunc{status(429)}, ranges: []string{full, full}},
		{name: "dropped before the header", faults: []http.HandlerFunc{func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
			ranges: []string{full, full}},
		{name: "dropped", faults: []http.HandlerFunc{drop(400_000)}, ranges: []string{full, "bytes=400000-"}},
		{name: "dropped, no digest", noSHA: true, faults: []http.HandlerFunc{drop(400_000)}, ranges: []string{full, "bytes=400000-"}},
		{name: "dropped at every step", faults: []http.HandlerFunc{drop(200_000), drop(200_000), drop(200_000), drop(200_000), drop(199_999), drop(1)},
			ranges: []string{full, "bytes=200000-", "bytes=400000-", "bytes=600000-", "bytes=800000-", "bytes=999999-"}},
		{name: "another file after the drop", noSHA: true, faults: []http.HandlerFunc{
			func(w http.ResponseWriter, r *http.Request) {
				bytesOf(make([]byte, 1_000_000))(&dropper{w, 400_000}, r)
			}},
			ranges: []string{full, "bytes=400000-"}},
		{name: "wrong range", faults: []http.HandlerFunc{drop(400_000), func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Range", "bytes=300000-")
			whole(w, r)
		}}, ranges: []string{full, "bytes=400000-", full}},
		{name: "range of another file", faults: []http.HandlerFunc{drop(400_000), func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("If-Range")
			bytesOf(make([]byte, 1_000_000))(w, r)
		}}, ranges: []string{full, "bytes=400000-", full}},
		{name: "no ranges at all", faults: []http.HandlerFunc{drop(400_000), func(w http.ResponseWriter, _ *http.Request) { w.Write(content) }},
			ranges: []string{full, "bytes=400000-"}},
		{name: "dropped without validator, no digest", noSHA: true, faults: []http.HandlerFunc{
			func(w http.ResponseWriter, _ *http.Request) { (&dropper{w, 400_000}).Write(content) }},
			ranges: []string{full, full}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := serve(t, tt.faults...), newCache(t)
			want := digest
			if tt.noSHA {
				want = ""
			}
			path, err := get(c, want, s.URL+"/linux-virt.apk")
			wantContent(t, path, err)
			if diff := cmp.Diff(tt.ranges, s.seen("Range")); diff != "" {
				t.Errorf("ranges asked for (-want +got):\n%s", diff)
			}
		})
	}
}

// What cannot be mended, what is said of it, and how often it was tried.
func TestFailure(t *testing.T) {
	always := func(h http.HandlerFunc) []http.HandlerFunc { return []http.HandlerFunc{h, h, h, h, h, h} }
	tests := []struct {
		name     string
		faults   []http.HandlerFunc
		requests int
		want     []string
	}{
		{"404", always(status(404)), 1, []string{"linux-virt is not at http://127.0.0.1:"}},
		{"403", always(status(403)), 1, []string{"fetching linux-virt", "/x.apk", "403 Forbidden"}},
		{"500", always(status(500)), 5, []string{"giving up after 5 attempts", "500 Internal Server Error"}},
		{"429 for an hour", always(status(429, "Retry-After", "3600")), 1, []string{"come back in 1h0m0s", "429"}},
		{"another file", always(bytesOf([]byte("<html>Log in to the hotel"))), 1,
			[]string{"not the wanted file", "25 bytes", hexDigest([]byte("<html>Log in to the hotel")), "wanted is " + digest}},
		{"truncated", always(bytesOf(content[:999_999])), 1, []string{"999999 bytes"}},
		{"always dropped at the start", always(drop(1)), 5, []string{"giving up after 5 attempts", "after 5 bytes: unexpected EOF"}},
		{"redirect loop", always(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }), 10, []string{"redirects in a circle: 10 times"}},
		{"redirect to a file", always(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}), 1, []string{"redirects to file:///etc/passwd, which is not on the web"}},
		{"too large", always(bytesOf(make([]byte, 3_000_000))), 1, []string{"more than the 2000000 bytes"}},
		{"too large without saying so", always(func(w http.ResponseWriter, _ *http.Request) {
			for range 30 {
				w.Write(make([]byte, 100_000))
				w.(http.Flusher).Flush()
			}
		}), 1, []string{"more than the 2000000 bytes"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			faults := tt.faults
			for len(faults) < 12 {
				faults = append(faults, faults[0])
			}
			s, c := serve(t, faults...), newCache(t)
			_, err := c.Get(t.Context(), fetch.Request{URLs: []string{s.URL + "/x.apk"}, SHA256: digest, MaxSize: 2_000_000, Name: "linux-virt"})
			wantError(t, err, tt.want...)
			wantSound(t, c)
			if _, e := os.Stat(filepath.Join(c.Dir, "sha256", digest)); !os.IsNotExist(e) {
				t.Error("there is a file under the wanted digest")
			}
			if n := len(s.seen("Range")); n != tt.requests {
				t.Errorf("%d requests, want %d", n, tt.requests)
			}
		})
	}
}

func TestRequestErrors(t *testing.T) {
	tests := []struct {
		request fetch.Request
		want    string
	}{
		{fetch.Request{Name: "linux"}, "no URL to fetch linux from"},
		{fetch.Request{URLs: []string{"ftp://host/file"}}, "write http://, https:// or file://"},
		{fetch.Request{URLs: []string{"/boot/vmlinuz"}}, "write http://, https:// or file://"},
		{fetch.Request{URLs: []string{"https:///file"}}, "names no host"},
		{fetch.Request{URLs: []string{"http://host/%zz"}}, "invalid URL escape"},
		{fetch.Request{URLs: []string{"https://host/file"}, SHA256: "123"}, `"123" is not the SHA-256 of file`},
		{fetch.Request{URLs: []string{"file:relative"}}, "has no absolute path"},
	}
	for _, tt := range tests {
		c := newCache(t)
		_, err := c.Get(t.Context(), tt.request)
		wantError(t, err, tt.want)
	}
}

func TestSeveralURLs(t *testing.T) {
	missing, broken, good := serve(t, status(404), status(404)), serve(t, status(403), status(403)), serve(t)
	path, err := get(newCache(t), digest, missing.URL, broken.URL, good.URL)
	wantContent(t, path, err)

	var notFound *fetch.NotFoundError
	_, err = get(newCache(t), digest, missing.URL, fileURL(filepath.Join(t.TempDir(), "gone")))
	if !errors.As(err, &notFound) || len(notFound.URLs) != 2 {
		t.Errorf("the error is %v, want a NotFoundError with both URLs", err)
	}
	faulty := serve(t, status(403))
	missing = serve(t, status(404))
	_, err = get(newCache(t), digest, missing.URL, faulty.URL)
	wantError(t, err, missing.URL+": no such file; then "+faulty.URL+": the server says 403 Forbidden")
	var denied *fetch.StatusError
	if !errors.As(err, &denied) || errors.As(err, &notFound) {
		t.Errorf("the error is %v, want a StatusError and no NotFoundError", err)
	}
}

// A part that one mirror has sent is continued from the next.
func TestResumeFromNextURL(t *testing.T) {
	first, second, c := serve(t, drop(400_000), status(404)), serve(t), newCache(t)
	path, err := get(c, digest, first.URL, second.URL)
	wantContent(t, path, err)
	if diff := cmp.Diff([]string{"bytes=400000-"}, second.seen("Range")); diff != "" {
		t.Error(diff)
	}
}

// A part that is damaged on the disk costs one more request, not the build.
func TestDamagedPart(t *testing.T) {
	s, c := serve(t), newCache(t)
	part := filepath.Join(c.Dir, "partial", digest+".part")
	if err := os.MkdirAll(filepath.Dir(part), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		content []byte
		ranges  []string // what the requests ask for
	}{
		{make([]byte, 500_000), []string{"bytes=500000-", ""}},
		{make([]byte, 2_000_000), []string{"bytes=2000000-", ""}},
		{content, []string{}},
	} {
		if err := os.WriteFile(part, tt.content, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(c.Dir, "sha256", digest)); err != nil {
			t.Fatal(err)
		}
		before := len(s.seen("Range"))
		path, err := get(c, digest, s.URL)
		wantContent(t, path, err)
		if diff := cmp.Diff(tt.ranges, append([]string{}, s.seen("Range")[before:]...)); diff != "" {
			t.Errorf("ranges asked for (-want +got):\n%s", diff)
		}
	}
}

func TestRedirects(t *testing.T) {
	plain := serve(t)
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	t.Cleanup(secure.Close)
	c := newCache(t)
	c.Client = secure.Client()

	_, err := get(c, "", secure.URL)
	wantError(t, err, "redirects to "+plain.URL, "not encrypted")
	path, err := get(c, digest, secure.URL)
	wantContent(t, path, err)

	c = newCache(t) // its client does not trust the server's certificate
	_, err = get(c, digest, secure.URL)
	wantError(t, err, "certificate")
	if strings.Contains(err.Error(), "giving up") {
		t.Errorf("a certificate that is not trusted was tried again: %v", err)
	}
}

// Without a digest the server is asked each time, and sends only what changed.
func TestRevalidation(t *testing.T) {
	s, c := serve(t, bytesOf([]byte("old index"))), newCache(t)
	path, err := get(c, "", s.URL)
	if old, e := os.ReadFile(path); err != nil || e != nil || string(old) != "old index" {
		t.Fatalf("got %q, %v, %v", old, err, e)
	}
	for range 2 {
		path, err = get(c, "", s.URL)
		wantContent(t, path, err)
	}
	if diff := cmp.Diff([]string{"", `"` + hexDigest([]byte("old index")) + `"`, `"one"`}, s.seen("If-None-Match")); diff != "" {
		t.Error(diff)
	}
	c.Offline = true
	path, err = get(c, "", s.URL)
	wantContent(t, path, err)
}
