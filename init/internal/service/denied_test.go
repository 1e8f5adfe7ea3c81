//go:build linux

package service

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

func TestDenial(t *testing.T) {
	for text, want := range map[string]bool{
		"open /x: permission denied":      true,
		"mkdir: Permission denied\n":      true,
		"socket: Operation not permitted": true,
		"permission granted":              false,
		"":                                false,
	} {
		for cut := range len(text) + 1 { // in two pieces
			var seen atomic.Bool
			d := denial{seen: &seen}
			_, _ = d.Write([]byte(text[:cut]))
			_, _ = d.Write([]byte(text[cut:]))
			if seen.Load() != want {
				t.Errorf("%q, cut at %d: seen %v", text, cut, seen.Load())
			}
		}
	}
}

// TestDenialIsExplained: once, and not to root.
func TestDenialIsExplained(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can start programs of other users")
	}
	for uid, want := range map[uint32]int{0: 0, 1000: 1} {
		f := supervised(t, "echo open /etc/shadow: permission denied; exit 1")
		f.UID, f.GID = uid, uid
		// The program's folder is one of a test's, which are private.
		if err := os.Chmod(filepath.Dir(f.Path("/")), 0o755); err != nil {
			t.Fatal(err)
		}
		f.runs(stopAt(3))
		const line = `machine: the program was denied something, as user 1000: if it needs the rights of root, bake it with user = "root"`
		if got := strings.Count(f.Shown(), line); got != want {
			t.Errorf("as %d it is shown %d times:\n%s", uid, got, f.Shown())
		}
	}
}

// TestUserEnvironment: the program is told who it is.
func TestUserEnvironment(t *testing.T) {
	f := supervised(t, `echo "$USER $LOGNAME $HOME"`)
	f.WriteFile(t, "etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\n")
	f.runs(stopAt(1))
	f.WantShown(t, "root root /root\r\n")
}
