//go:build linux

package mounts

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// listing describes everything in a folder.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		what := ""
		switch info.Mode().Type() {
		case 0:
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			what = fmt.Sprintf(" %q %d", content, info.ModTime().Unix())
		case fs.ModeSymlink:
			if what, err = os.Readlink(path); err != nil {
				return err
			}
		}
		below, _ := filepath.Rel(dir, path)
		all = append(all, fmt.Sprintf("%s %v %d %s", below, info.Mode(), info.Sys().(*syscall.Stat_t).Uid, what))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

// tree makes a folder such as an image may have in /var.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, path := range []string{"cache", "lib/db/deep"} {
		if err := os.MkdirAll(filepath.Join(dir, path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for path, mode := range map[string]os.FileMode{"lib/db/seed.sqlite": 0o640, "lib/db/deep/tool": 0o755 | os.ModeSetuid, "top": 0o400} {
		path := filepath.Join(dir, path)
		if err := os.WriteFile(path, []byte(path[len(dir):]), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Unix(1_700_000_000, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "cache"), 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/run", filepath.Join(dir, "run")); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Lchown(filepath.Join(dir, "lib/db/deep/tool"), 1000, 1000); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, "lib/db/deep/tool"), 0o755|os.ModeSetuid); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestMove(t *testing.T) {
	from, to := tree(t), t.TempDir()
	want := listing(t, from)
	if err := move(from, to); err != nil {
		t.Fatal(err)
	}
	if got := listing(t, to); got != want {
		t.Errorf("there is\n%s\nwant\n%s", got, want)
	}
	if left := listing(t, from); left != "" {
		t.Errorf("it still has\n%s", left)
	}
	if err := move(from, to); err != nil { // nothing to move
		t.Error(err)
	}
}

// TestMoveFails: if one file cannot be moved, everything stays where it was.
func TestMoveFails(t *testing.T) {
	from, to := tree(t), t.TempDir()
	if err := unix.Mkfifo(filepath.Join(from, "lib/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := listing(t, from)
	if err := move(from, to); err == nil || !strings.Contains(err.Error(), "lib/pipe is neither a file nor a folder nor a link") {
		t.Errorf("%v", err)
	}
	if after := listing(t, from); after != before {
		t.Errorf("there is\n%s\nwant\n%s", after, before)
	}
	if left := listing(t, to); left != "" {
		t.Errorf("this is left:\n%s", left)
	}
	if err := move(filepath.Join(from, "none"), to); err == nil {
		t.Error("what is not there is moved")
	}
}
