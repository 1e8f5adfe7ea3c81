//go:build unix

package atomicfile

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSpecial: what is no file stays what it is, if a link leads there, too.
func TestSpecial(t *testing.T) {
	dir := t.TempDir()
	kinds := map[string]string{"fifo": "a FIFO", "socket": "a socket"}
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if runtime.GOOS == "linux" { // a /dev/null of the test's own, where it is root
		if err := unix.Mknod(filepath.Join(dir, "null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err == nil {
			kinds["null"] = "a device"
		}
	}
	for name, kind := range kinds {
		path, link := filepath.Join(dir, name), filepath.Join(dir, "link-to-"+name)
		if err := os.Symlink(name, link); err != nil {
			t.Fatal(err)
		}
		before, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Create(path); err == nil || !strings.Contains(err.Error(), path+" is "+kind+", not a file: choose a file name") {
			t.Errorf("the error is %v", err)
		}
		if _, err := Create(link); err == nil || !strings.Contains(err.Error(), "which is "+kind) {
			t.Errorf("the error is %v", err)
		}
		if after, err := os.Lstat(path); err != nil || after.Mode() != before.Mode() {
			t.Errorf("%s was %v and is %v, %v", path, before, after, err)
		}
	}
	t.Logf("refused %d kinds", len(kinds))
}
