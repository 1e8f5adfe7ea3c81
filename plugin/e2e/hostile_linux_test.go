package e2e

import (
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// hostileDevices are outputs that are devices: of the test's own, so that a
// failure costs no machine its /dev/null. Only root can make them.
func hostileDevices(t *testing.T, dir string, before *string) []hostile {
	t.Helper()
	if err := unix.Mknod(filepath.Join(dir, "null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err != nil {
		t.Logf("without devices: %v", err)
		return nil
	}
	*before = listing(t, dir)
	return []hostile{
		{name: "output_iso: device", options: `output_iso = "@null"`, want: "output_iso: @null is a device, not a file: choose a file name"},
		{name: "output_catalog: device", options: byBox + `"@null"` + catalogs, want: "output_catalog: @null is a device, not a file"},
		{name: "program: the kernel's log", options: iso + `program = "/proc/kmsg"`, want: "the program /proc/kmsg cannot run in the machine: this is an empty file"},
	}
}
