package output

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
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
	var outs Files
	defer outs.Discard()
	path := filepath.Join(dir, "new", "folder", "x.iso")
	out, err := outs.Create("output_iso", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is there before the commit")
	}
	if err := outs.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	outs.Discard()
	content, err := os.ReadFile(path)
	if err != nil || string(content) != "hello" || out.Size() != 5 ||
		out.SHA256() != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
		t.Errorf("got %q, %v, %d bytes, sha256 %s", content, err, out.Size(), out.SHA256())
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
	var outs Files
	for _, path := range []string{old, filepath.Join(dir, "a", "b", "new.box")} {
		out, err := outs.Create("output_iso", path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = out.Write([]byte("half"))
	}
	outs.Discard()
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
		dir:                             "is a folder, not a file: choose a file name",
		filepath.Join(file, "x.iso"):    "x.iso",
		"/proc/scratchmachine/none.iso": "making the folder for /proc/scratchmachine/none.iso",
	} {
		var outs Files
		_, err := outs.Create("output_iso", path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", path, err, want)
		}
		outs.Discard()
	}
}

// TestSameFile: no file is written twice, and no input is written at all.
func TestSameFile(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"real/m.iso", "vmlinuz", "alpine/boot/vmlinuz-virt", "alpine/out.iso"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"folder": "real", "link.iso": "real/m.iso", "new.iso": "real/new.iso", "k": "vmlinuz"} {
		tooltest.Symlink(t, filepath.FromSlash(to), filepath.Join(dir, link))
	}
	var inputs Inputs
	inputs.Add("the input artifact", filepath.Join(dir, "vmlinuz"))
	inputs.Add("kernel", filepath.Join(dir, "alpine"))
	inputs.Add("program", filepath.Join(dir, "app"), "")
	tests := []struct{ name, first, second, want string }{
		{"two names", "real/m.iso", "real/m.box", ""},
		{"one name", "real/m.iso", "real/m.iso", "written by first already"},
		{"a linked folder", "real/m.iso", "folder/m.iso", "written by first already"},
		{"a link", "link.iso", "real/m.iso", "written by first already"},
		{"a link to what is not there", "new.iso", "folder/new.iso", "written by first already"},
		{"names that differ in case", "real/m.iso", "real/M.iso", "written by first already"},
		{"a file of the artifact", "real/m.iso", "vmlinuz", "is an input, too (the input artifact)"},
		{"a link to an input", "real/m.iso", "k", "is an input, too (the input artifact)"},
		{"a file of the kernel's folder", "real/m.iso", "alpine/boot/vmlinuz-virt", "is an input, too (kernel)"},
		{"beside the kernel's files", "real/m.iso", "alpine/out.iso", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			outs := Files{Inputs: inputs}
			defer outs.Discard()
			if _, err := outs.Create("first", filepath.Join(dir, filepath.FromSlash(test.first))); err != nil {
				t.Fatal(err)
			}
			_, err := outs.Create("second", filepath.Join(dir, filepath.FromSlash(test.second)))
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
}
