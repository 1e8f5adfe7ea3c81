package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOpenTarget: a file that somebody has open is waited for, but not for ever.
func TestOpenTarget(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.iso")
	for _, held := range []bool{false, true} {
		put(t, path, "old")
		reader, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString("new")
		if !held {
			time.AfterFunc(200*time.Millisecond, func() { reader.Close() })
		}
		err = f.Commit()
		f.Discard()
		reader.Close()
		content, _ := os.ReadFile(path)
		switch {
		case held && (err == nil || !strings.Contains(err.Error(), "another program may have it open") || string(content) != "old"):
			t.Errorf("held: %v, and it is %q", err, content)
		case !held && (err != nil || string(content) != "new"):
			t.Errorf("let go: %v, and it is %q", err, content)
		}
		if got := names(t, filepath.Dir(path)); got != "m.iso" {
			t.Errorf("left %s", got)
		}
	}
}
