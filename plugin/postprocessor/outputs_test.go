package postprocessor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// left lists the files below dir.
func left(t *testing.T, dir string) string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if name, _ := filepath.Rel(dir, path); name != "." {
			files = append(files, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(files, " ")
}

func TestCommit(t *testing.T) {
	dir := t.TempDir()
	var outs outputs
	defer outs.discard()
	path := filepath.Join(dir, "new", "folder", "x.iso")
	out, err := outs.create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is there before the commit")
	}
	if err := outs.commit(); err != nil {
		t.Fatal(err)
	}
	outs.discard()
	content, err := os.ReadFile(path)
	if err != nil || string(content) != "hello" || out.size != 5 ||
		out.sha256() != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
		t.Errorf("got %q, %v, %d bytes, sha256 %s", content, err, out.size, out.sha256())
	}
	if got := left(t, dir); got != "new new/folder new/folder/x.iso" {
		t.Errorf("left %q", got)
	}
}

func TestDiscard(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "old.iso")
	if err := os.WriteFile(old, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	var outs outputs
	for _, path := range []string{old, filepath.Join(dir, "a", "b", "new.box")} {
		out, err := outs.create(path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = out.Write([]byte("half"))
	}
	outs.discard()
	if got := left(t, dir); got != "old.iso" {
		t.Errorf("left %q", got)
	}
	if content, _ := os.ReadFile(old); string(content) != "old" {
		t.Errorf("the old output is %q", content)
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                             "it is a folder",
		filepath.Join(file, "x.iso"):    "x.iso",
		"/proc/scratchmachine/none.iso": "making the folder for /proc/scratchmachine/none.iso",
	} {
		var outs outputs
		_, err := outs.create(path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", path, err, want)
		}
		outs.discard()
	}
}
