package format

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/tooltest"
)

// TestExt4 checks file systems of many sizes with e2fsck.
func TestExt4(t *testing.T) {
	for _, name := range []string{"e2fsck", "dumpe2fs"} {
		tooltest.Need(t, name)
	}
	for _, size := range []int64{16 << 20, 16<<20 + 512, 100<<20 - 4096, 128<<20 + 4096, 136 << 20, 384<<20 + 8192, 1<<30 + 12345*512, 3 << 30} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			disk, err := os.Create(filepath.Join(t.TempDir(), "disk"))
			if err != nil {
				t.Fatal(err)
			}
			defer disk.Close()
			if err := disk.Truncate(size); err != nil {
				t.Fatal(err)
			}
			if err := Ext4(disk, size, "scratch-data"); err != nil {
				t.Fatal(err)
			}
			if info, err := disk.Stat(); err != nil || info.Size() != size {
				t.Errorf("it has %d bytes now, %v", info.Size(), err)
			}
			if out, err := exec.Command("e2fsck", "-fn", disk.Name()).CombinedOutput(); err != nil {
				t.Errorf("e2fsck: %v: %s", err, out)
			}
			out, err := exec.Command("dumpe2fs", "-h", disk.Name()).CombinedOutput()
			if err != nil {
				t.Errorf("dumpe2fs: %v: %s", err, out)
			}
			for _, want := range []string{"scratch-data\n", "has_journal", "Filesystem state:         clean\n"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("there is no %q in\n%s", want, out)
				}
			}
		})
	}
}
