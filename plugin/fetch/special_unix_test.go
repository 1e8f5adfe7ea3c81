//go:build unix

package fetch_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
)

// TestSpecial: no FIFO or device is read, whether a URL names it or it is in the
// cache.
func TestSpecial(t *testing.T) {
	fifo := func(path string) string {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	c, named := newCache(t), fifo(filepath.Join(t.TempDir(), "fifo"))
	_, err := get(c, "", "file://"+named)
	wantError(t, err, named+" is a FIFO, not a file")
	_, err = get(c, "", "file:///dev/zero")
	wantError(t, err, "/dev/zero is a device, not a file")

	s := serve(t)
	fifo(filepath.Join(c.Dir, "sha256", digest))
	path, err := get(c, digest, s.URL) // replaces what cannot be the file
	wantContent(t, path, err)
	c = newCache(t)
	part := fifo(filepath.Join(c.Dir, "partial", digest+".part"))
	_, err = c.Get(t.Context(), fetch.Request{URLs: []string{s.URL}, SHA256: digest})
	wantError(t, err, part+" is a FIFO, not a file")
}
