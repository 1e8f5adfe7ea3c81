//go:build unix

package remote

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestKeyIsFIFO: a key that is no regular file is refused at once.
func TestKeyIsFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Target{Keys: []string{path}}.keys(t.Context())
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "a FIFO") {
		t.Errorf("got %v", err)
	}
}
