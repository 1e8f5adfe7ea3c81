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

// TestData: a machine makes a file system on its blank disk, leaves a disk alone
// that holds something, and finds its data again when it starts the next time.
func TestData(t *testing.T) {
	e2fsck := tooltest.Need(t, "e2fsck")
	dir := t.TempDir()
	blank, used := filepath.Join(dir, "blank.img"), filepath.Join(dir, "used.img")
	precious := make([]byte, 32<<20)
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

	v = m.Boot(t)
	if body := vmtest.Get(t, v, "/"); !strings.Contains(body, "DATA_DIR=/data, starts 2") {
		t.Errorf("got %q", body)
	}
	if text := v.Console(); strings.Contains(text, "is blank") || strings.Contains(text, "not unmounted") {
		t.Error("the second start did not find what the first left")
	}
}
