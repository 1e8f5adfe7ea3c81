package fetch_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
)

// content is a file of 1 MB that does not repeat itself.
var content = func() []byte {
	b := make([]byte, 1_000_000)
	rand.New(rand.NewSource(1)).Read(b)
	return b
}()

var digest = hexDigest(content)

func hexDigest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// server answers the first requests with the given handlers in order, and all
// further ones with the whole file, honouring ranges and conditions.
type server struct {
	*httptest.Server
	mutex    sync.Mutex
	faults   []http.HandlerFunc
	requests []*http.Request
}

func serve(t *testing.T, faults ...http.HandlerFunc) *server {
	s := &server{faults: faults}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	s.requests = append(s.requests, r.Clone(r.Context()))
	handler := http.HandlerFunc(whole)
	if n := len(s.requests); n <= len(s.faults) {
		handler = s.faults[n-1]
	}
	s.mutex.Unlock()
	handler(w, r)
}

// seen returns a header of each request so far, one string per request.
func (s *server) seen(header string) []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var values []string
	for _, r := range s.requests {
		values = append(values, r.Header.Get(header))
	}
	return values
}

func whole(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"one"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// bytesOf serves other content in the same way, under another ETag.
func bytesOf(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"`+hexDigest(b)+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	}
}

// drop breaks the connection after n bytes of what whole would send.
func drop(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		whole(&dropper{w, n}, r)
	}
}

type dropper struct {
	http.ResponseWriter
	left int
}

func (d *dropper) Write(b []byte) (int, error) {
	n, err := d.ResponseWriter.Write(b[:min(len(b), d.left)])
	d.left -= n
	if d.left == 0 {
		d.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func newCache(t *testing.T) *fetch.Cache {
	return &fetch.Cache{Dir: t.TempDir(), Backoff: time.Millisecond, Log: func(s string) { t.Log(s) }}
}

// wantContent fails unless path is the cache's entry for the content, and whole.
func wantContent(t *testing.T, path string, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, content) {
		t.Fatalf("the file has %d bytes with digest %s, want %d with %s", len(got), hexDigest(got), len(content), digest)
	}
	if filepath.Base(path) != digest {
		t.Errorf("the file is called %s, want its digest %s", path, digest)
	}
}

// wantSound fails unless every complete file in the cache is what its name says.
func wantSound(t *testing.T, c *fetch.Cache) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(c.Dir, "sha256", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if hexDigest(b) != filepath.Base(path) {
			t.Errorf("%s has digest %s", path, hexDigest(b))
		}
	}
}

// parts lists the names of the unfinished downloads.
func parts(t *testing.T, c *fetch.Cache) []string {
	paths, err := filepath.Glob(filepath.Join(c.Dir, "partial", "*.part"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func get(c *fetch.Cache, digest string, urls ...string) (string, error) {
	return c.Get(context.Background(), fetch.Request{URLs: urls, SHA256: digest, Name: "linux-virt"})
}

// wantError fails unless err contains each of the parts.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error is %q, want %q in it", err, part)
		}
	}
}
