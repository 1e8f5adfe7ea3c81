package program

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRemoveAbandoned: the folder of a build that was killed goes with the next
// build, that of one that goes on stays, and so does what only has such a name.
func TestRemoveAbandoned(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp) // Windows
	killed, other := filepath.Join(tmp, folderPrefix+"killed"), filepath.Join(tmp, folderPrefix+"other")
	for _, dir := range []string{filepath.Join(killed, "go-build"), other} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(killed, folderLock), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	living, remove, err := makeFolder()
	if err != nil {
		t.Fatal(err)
	}
	_, removeSecond, err := makeFolder()
	if err != nil {
		t.Fatal(err)
	}
	removeSecond()
	for dir, want := range map[string]bool{killed: false, other: true, living: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %t", dir, err, want)
		}
	}
	remove()
	if left, err := os.ReadDir(tmp); len(left) != 1 || err != nil {
		t.Errorf("left %v, %v", left, err)
	}
}
