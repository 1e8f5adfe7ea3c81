package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestDataAndLayers: a machine makes a file system on its blank disk, and leaves
// a disk alone that holds something. The next, on another kernel, which every
// layer tells something, finds its data again.
func TestDataAndLayers(t *testing.T) {
	e2fsck := tooltest.Need(t, "e2fsck")
	used, blank, precious := dataDisks(t)
	m := vmtest.Machine{Package: testdata(t, "told"), Config: config.Default(), Append: "machine.data.format", VM: vm.Options{
		Extra: []string{"-drive", "if=virtio,format=raw,file=" + used, "-drive", "if=virtio,format=raw,file=" + blank},
	}}
	v := m.Boot(t)
	if body := vmtest.Get(t, v, "/"); !strings.Contains(body, "DATA_DIR=/data, starts 1") {
		t.Errorf("got %q", body)
	}
	vmtest.Expect(t, v, "machine: data: /dev/vdb is blank: making a file system on it\n", "machine: data: /dev/vdb is on /data\n")
	vmtest.Monitor(t, v, "system_powerdown")
	vmtest.WaitOff(t, v)
	if out, err := exec.Command(e2fsck, "-fn", blank).CombinedOutput(); err != nil || strings.Contains(string(out), "recover") {
		t.Errorf("e2fsck: %v: %s", err, out)
	}
	if after, err := os.ReadFile(used); err != nil || !bytes.Equal(after, precious) {
		t.Errorf("the disk that held something was changed, %v", err)
	}

	v = bootLayers(t, m)
	if text := v.Console(); strings.Contains(text, "is blank") || strings.Contains(text, "not unmounted") {
		t.Error("the second start did not find what the first left")
	}
}

// dataDisks makes a disk that holds something, and a blank one.
func dataDisks(t *testing.T) (used, blank string, precious []byte) {
	t.Helper()
	dir := t.TempDir()
	used, blank = filepath.Join(dir, "used.img"), filepath.Join(dir, "blank.img")
	precious = make([]byte, 32<<20)
	copy(precious[10<<20:], "somebody's data")
	if err := os.WriteFile(used, precious, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(blank, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(blank, 256<<20); err != nil {
		t.Fatal(err)
	}
	return used, blank, precious
}
