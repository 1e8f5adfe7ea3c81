package initramfs

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// owned gives an entry an owner and a group.
func owned(e tree.Entry, uid, gid uint32) tree.Entry {
	e.UID, e.GID = uid, gid
	return e
}

// TestCpioReadsATree: types, permissions, owners, links and times come out as
// they went in, and a file with two names has its bytes under both.
func TestCpioReadsATree(t *testing.T) {
	page := owned(file("/srv/page", 0o640, "page"), 1000, 100)
	page.ModTime = time.Date(2001, 1, 2, 3, 4, 5, 999, time.UTC)
	entries := []tree.Entry{
		{Path: "/tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777},
		owned(tree.Entry{Path: "/srv", Mode: fs.ModeDir | 0o750}, 1000, 100),
		page,
		{Path: "/srv/same", HardLink: "/srv/page"},
		{Path: "/srv/link", Mode: fs.ModeSymlink | 0o777, Target: "../tmp/ä"},
		file("/bin/su", fs.ModeSetuid|fs.ModeSetgid|0o755, ""),
		{Path: "/dev/console", Mode: fs.ModeDevice | fs.ModeCharDevice | 0o600, Major: 5, Minor: 1},
		{Path: "/dev/sda", Mode: fs.ModeDevice | 0o660, Major: 8, Minor: 0},
		{Path: "/run/fifo", Mode: fs.ModeNamedPipe | 0o600},
	}
	want := `drwxrwxrwt 2 0 0 0 Jan 1 1970 tmp
drwxr-x--- 2 1000 100 0 Jan 1 1970 srv
-rw-r----- 2 1000 100 4 Jan 2 2001 srv/page
-rw-r----- 2 1000 100 0 Jan 2 2001 srv/same
lrwxrwxrwx 1 0 0 9 Jan 1 1970 srv/link -> ../tmp/ä
drwxr-xr-x 2 0 0 0 Jan 1 1970 bin
-rwsr-sr-x 1 0 0 0 Jan 1 1970 bin/su
drwxr-xr-x 2 0 0 0 Jan 1 1970 dev
crw------- 1 0 0 5, 1 Jan 1 1970 dev/console
brw-rw---- 1 0 0 8, 0 Jan 1 1970 dev/sda
drwxr-xr-x 2 0 0 0 Jan 1 1970 run
prw------- 1 0 0 0 Jan 1 1970 run/fifo
`
	var archive bytes.Buffer
	if err := Write(t.Context(), &archive, entries); err != nil {
		t.Fatal(err)
	}
	list := exec.Command(tooltest.Need(t, "cpio"), "-itv", "--numeric-uid-gid")
	list.Stdin, list.Env = bytes.NewReader(archive.Bytes()), []string{"TZ=UTC", "LC_ALL=C.UTF-8"}
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got string
	for line := range strings.Lines(string(out)) {
		got += strings.Join(strings.Fields(line), " ") + "\n"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	dir := t.TempDir()
	extract := exec.Command("cpio", "-id", "srv/page", "srv/same")
	extract.Dir, extract.Stdin = dir, bytes.NewReader(archive.Bytes())
	if out, err := extract.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	first, err := os.Stat(filepath.Join(dir, "srv/page"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.Stat(filepath.Join(dir, "srv/same"))
	if err != nil || !os.SameFile(first, second) || second.Size() != 4 {
		t.Errorf("the file has two names, of which one is %v, %v", second, err)
	}
}
