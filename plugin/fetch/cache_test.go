package fetch_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
)

func TestDamagedEntry(t *testing.T) {
	damages := map[string]func(path string) error{
		"one bit": func(path string) error {
			b := append([]byte(nil), content...)
			b[700_000] ^= 1
			return os.WriteFile(path, b, 0o644)
		},
		"truncated": func(path string) error { return os.Truncate(path, 10) },
		"empty":     func(path string) error { return os.Truncate(path, 0) },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			s, c := serve(t), newCache(t)
			path, err := get(c, digest, s.URL)
			wantContent(t, path, err)
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			c.Offline = true
			_, err = get(c, digest, s.URL)
			wantError(t, err, "not in the download cache")
			c.Offline = false
			path, err = get(c, digest, s.URL)
			wantContent(t, path, err)
		})
	}
}

func TestOffline(t *testing.T) {
	s, c := serve(t), newCache(t)
	c.Offline = true
	for _, sha := range []string{digest, ""} {
		_, err := get(c, sha, s.URL)
		var offline *fetch.OfflineError
		if !errors.As(err, &offline) {
			t.Errorf("the error is %v, want an OfflineError", err)
		}
	}
	if n := len(s.seen("Range")); n != 0 {
		t.Errorf("%d requests while offline", n)
	}
	c.Offline = false
	path, err := get(c, digest, s.URL)
	wantContent(t, path, err)
	c.Offline = true
	path, err = get(c, digest, s.URL)
	wantContent(t, path, err)
}

func TestFileURL(t *testing.T) {
	file := filepath.Join(t.TempDir(), "linux virt.apk")
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, sha := range []string{digest, ""} {
		c := newCache(t)
		c.Offline = true
		path, err := get(c, sha, fileURL(file))
		wantContent(t, path, err)
	}
	_, err := get(newCache(t), hexDigest(nil), fileURL(file))
	wantError(t, err, "not the wanted file")
	_, err = get(newCache(t), "", fileURL(filepath.Dir(file)))
	wantError(t, err, "not a file")
	_, err = get(newCache(t), "", fileURL(file+".gone"))
	wantError(t, err, "linux-virt is not at file:///")
}

// fileURL is the URL of the file at an absolute path: file:///srv/file, or
// file:///C:/file.
func fileURL(path string) string {
	path = "/" + strings.TrimPrefix(filepath.ToSlash(path), "/")
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// A cancel in the middle leaves a part, with which the next build goes on.
func TestCancel(t *testing.T) {
	half := make(chan struct{})
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		w.Write(content[:400_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}), newCache(t)
	c.Progress = func(_ string, _, _ int64, r io.ReadCloser) io.ReadCloser {
		return &signal{ReadCloser: r, left: 400_000, done: func() { close(half) }}
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-half; cancel() }()
	_, err := c.Get(ctx, fetch.Request{URLs: []string{s.URL}, SHA256: digest})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the error is %v, want %v", err, context.Canceled)
	}
	wantSound(t, c)
	c.Progress = nil
	path, err := get(c, digest, s.URL)
	wantContent(t, path, err)
	if diff := cmp.Diff([]string{"", "bytes=400000-"}, s.seen("Range")); diff != "" {
		t.Error(diff)
	}
}

// signal calls done when it has given so many bytes and is read again.
type signal struct {
	io.ReadCloser
	left int
	done func()
}

func (s *signal) Read(b []byte) (int, error) {
	if s.left == 0 {
		s.left = -1
		s.done()
	}
	n, err := s.ReadCloser.Read(b)
	s.left -= n
	return n, err
}

// A server that stops sending is left after a while and asked again.
func TestIdle(t *testing.T) {
	stall := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		w.Write(content[:400_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	s, c := serve(t, silent, stall), newCache(t)
	c.IdleTimeout = 500 * time.Millisecond
	var log []string
	c.Log = func(s string) { log = append(log, s) }
	path, err := get(c, digest, s.URL)
	wantContent(t, path, err)
	if all := strings.Join(log, "\n"); strings.Count(all, "nothing came for 500ms") < 2 {
		t.Errorf("the log is %q, want two waits for nothing in it", all)
	}
	if diff := cmp.Diff([]string{"", "", "bytes=400000-"}, s.seen("Range")); diff != "" {
		t.Error(diff)
	}
}

func TestProgress(t *testing.T) {
	s, c := serve(t, drop(400_000)), newCache(t)
	type call struct {
		Name          string
		Current, Size int64
	}
	var calls []call
	c.Progress = func(name string, current, size int64, r io.ReadCloser) io.ReadCloser {
		calls = append(calls, call{name, current, size})
		return r
	}
	path, err := get(c, digest, s.URL)
	wantContent(t, path, err)
	if diff := cmp.Diff([]call{{"linux-virt", 0, 1_000_000}, {"linux-virt", 400_000, 1_000_000}}, calls); diff != "" {
		t.Error(diff)
	}
}

// Whoever comes first fetches, the others take what came.
func TestParallelGets(t *testing.T) {
	s, c := serve(t, drop(300_000)), newCache(t)
	c.Log = nil
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			path, err := get(c, digest, s.URL)
			if err != nil {
				t.Error(err)
			} else if b, err := os.ReadFile(path); err != nil || hexDigest(b) != digest {
				t.Errorf("%s: digest %s, %v", path, hexDigest(b), err)
			}
		})
	}
	wait.Wait()
	if diff := cmp.Diff([]string{"", "bytes=300000-"}, s.seen("Range")); diff != "" {
		t.Error(diff)
	}
}

const childEnv = "FETCH_TEST_CHILD" // folder, space, URL

// TestMain lets the test program stand for another build on the same machine.
func TestMain(m *testing.M) {
	dir, from, ok := strings.Cut(os.Getenv(childEnv), " ")
	if !ok {
		os.Exit(m.Run())
	}
	c := &fetch.Cache{Dir: dir, Backoff: time.Millisecond}
	path, err := get(c, digest, from)
	if err == nil {
		var b []byte
		if b, err = os.ReadFile(path); err == nil && hexDigest(b) != digest {
			err = errors.New("wrong content")
		}
	}
	if err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Exit(0)
}

// Processes share the folder, and one that is killed in the middle leaves
// neither a lock nor a wrong file.
func TestParallelProcesses(t *testing.T) {
	started := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		w.Write(content[:400_000])
		w.(http.Flusher).Flush()
		close(started)
		<-r.Context().Done()
	})
	dir := filepath.Join(t.TempDir(), "cache")
	if strings.Contains(dir, " ") {
		t.Skip("the temporary folder has a space in its name")
	}
	start := func() (*exec.Cmd, *strings.Builder) {
		cmd, log := exec.Command(os.Args[0]), new(strings.Builder)
		cmd.Env = append(os.Environ(), childEnv+"="+dir+" "+s.URL)
		cmd.Stderr = log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, log
	}
	first, _ := start()
	<-started
	var others []*exec.Cmd
	var logs []*strings.Builder
	for range 4 {
		cmd, log := start()
		others, logs = append(others, cmd), append(logs, log)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait() // killed
	for i, cmd := range others {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, logs[i])
		}
	}
	if n := len(s.seen("Range")); n != 2 {
		t.Errorf("%d requests, want 2: of the killed process, and of one other", n)
	}
}

// The environment names the proxy, as for every other program.
func TestProxy(t *testing.T) {
	proxy := serve(t)
	dir := filepath.Join(t.TempDir(), "cache")
	if strings.Contains(dir, " ") {
		t.Skip("the temporary folder has a space in its name")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir+" http://mirror.invalid/linux-virt.apk",
		"HTTP_PROXY="+proxy.URL, "http_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if n := len(proxy.seen("Range")); n != 1 {
		t.Errorf("the proxy had %d requests, want 1", n)
	}
}

func TestFolderNotWritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := get(&fetch.Cache{Dir: file}, digest, "http://127.0.0.1:1/")
	wantError(t, err, "making the download cache", file)
}

// What a URL serves for ever is not asked for again if it passes the caller's
// check, is fetched anew if not, and a part is continued by the next Get.
func TestImmutable(t *testing.T) {
	s, c := serve(t, drop(400_000), status(404), status(404)), newCache(t)
	want := digest
	request := fetch.Request{URLs: []string{s.URL}, Name: "linux-virt", Immutable: true, Check: check(&want)}
	var notFound *fetch.NotFoundError
	if _, err := c.Get(t.Context(), request); !errors.As(err, &notFound) {
		t.Fatalf("the error is %v, want a NotFoundError", err)
	}
	c.Offline = true
	var offline *fetch.OfflineError
	if _, err := c.Get(t.Context(), request); !errors.As(err, &offline) {
		t.Fatalf("the error is %v, want an OfflineError", err)
	}
	c.Offline = false
	if _, err := c.Get(t.Context(), request); !errors.As(err, &notFound) {
		t.Fatalf("the error is %v, want a NotFoundError", err)
	}
	for _, c.Offline = range []bool{false, false, true} {
		path, err := c.Get(t.Context(), request)
		wantContent(t, path, err)
	}
	c.Offline = false
	want = hexDigest([]byte("rebuilt"))
	_, err := c.Get(t.Context(), request)
	wantError(t, err, "wrongly signed")
	wantSound(t, c)
	if diff := cmp.Diff([]string{"", "bytes=400000-", "bytes=400000-", "bytes=400000-", ""}, s.seen("Range")); diff != "" {
		t.Error(diff)
	}
}

// check passes files with the wanted digest.
func check(want *string) func(path string) error {
	return func(path string) error {
		b, err := os.ReadFile(path)
		if err == nil && hexDigest(b) != *want {
			err = errors.New("wrongly signed")
		}
		return err
	}
}

// A server that says "not modified" of a file that does not pass is not
// believed: it is asked for the whole of it.
func TestCheckBeforeRevalidation(t *testing.T) {
	s, c := serve(t), newCache(t)
	bad := hexDigest([]byte("another"))
	want := digest
	request := fetch.Request{URLs: []string{s.URL}, Name: "linux-virt", Check: check(&want)}
	for range 2 {
		path, err := c.Get(t.Context(), request)
		wantContent(t, path, err)
	}
	want = bad
	_, err := c.Get(t.Context(), request)
	wantError(t, err, "wrongly signed")
	c.Offline = true
	_, err = c.Get(t.Context(), request)
	wantError(t, err, "offline")
	if diff := cmp.Diff([]string{"", `"one"`, ""}, s.seen("If-None-Match")); diff != "" {
		t.Error(diff)
	}
}
