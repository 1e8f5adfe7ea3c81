//go:build unix

package collect

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSpecialFiles: what would never end to be read is refused by its path.
func TestSpecialFiles(t *testing.T) {
	dir := site(t)
	fifo, socket := filepath.Join(dir, "css", "fifo"), filepath.Join(dir, "bin", "socket")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Files(t.Context(), dir, "/srv", Rules{}); err == nil || !strings.Contains(err.Error(), fifo+" is a FIFO, neither a file, a folder nor a link: leave it out") {
		t.Errorf("got %v", err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if _, err := Files(t.Context(), dir, "/srv", Rules{}); err == nil || !strings.Contains(err.Error(), socket+" is a socket") {
		t.Errorf("got %v", err)
	}
}
