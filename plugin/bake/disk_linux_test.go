package bake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFullDisk bakes onto a file system that is too small, for real.
func TestFullDisk(t *testing.T) {
	b := newBench(t)
	out := mountTmpfs(t, "size=1m")
	b.options["output_iso"], b.options["output_box"] = filepath.Join(out, "m.iso"), filepath.Join(out, "m.box")
	_, _, err := b.run(t.Context(), t)
	if err == nil || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), "writing beside "+out) {
		t.Errorf("got %v", err)
	}
	if got := left(t, out); got != "" {
		t.Errorf("left %q", got)
	}
}

// TestReadOnlyFolder: root may write everywhere but here.
func TestReadOnlyFolder(t *testing.T) {
	b := newBench(t)
	out := mountTmpfs(t, "ro")
	b.options["output_iso"] = filepath.Join(out, "m.iso")
	_, _, err := b.run(t.Context(), t)
	if err == nil || !strings.Contains(err.Error(), "output_iso: writing beside "+out) {
		t.Errorf("got %v", err)
	}
}

func mountTmpfs(t *testing.T, options string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	dir := t.TempDir()
	flags := uintptr(0)
	if options == "ro" {
		flags, options = unix.MS_RDONLY, ""
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		t.Skipf("this host does not let us mount: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}
