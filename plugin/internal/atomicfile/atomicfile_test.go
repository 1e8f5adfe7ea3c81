package atomicfile

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

const childEnv = "ATOMICFILE_TEST_CHILD" // the file to write

// TestMain lets the test program stand for a build that is killed while it
// writes.
func TestMain(m *testing.M) {
	path, ok := os.LookupEnv(childEnv)
	if !ok {
		os.Exit(m.Run())
	}
	file, err := Create(path)
	if err != nil {
		panic(err)
	}
	file.WriteString("half")
	os.Stdout.WriteString("x")
	time.Sleep(time.Hour)
	file.Discard()
}

// writer starts a process that is writing the file at path.
func writer(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		_, err = out.Read(make([]byte, 1))
	}
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed
}

// names lists a folder; of a part, only that it is one.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasSuffix(name, partSuffix) {
			name = "part"
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

func put(t *testing.T, path, content string) {
	t.Helper()
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(content); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Discard() // as a deferred one is
	if got, err := os.ReadFile(path); string(got) != content || err != nil {
		t.Errorf("%s is %q, %v", path, got, err)
	}
}

func TestCommit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.iso")
	put(t, path, "first")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString("half")
	f.Discard()
	if got, _ := os.ReadFile(path); string(got) != "first" {
		t.Errorf("it is %q", got)
	}
	put(t, path, "second")
	if got := names(t, dir); got != "m.iso" {
		t.Errorf("left %s", got)
	}
}

// TestAbandoned: what killed writers left goes, once another writes the same
// file; what living ones write, and what only looks like it, stays.
func TestAbandoned(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.iso")
	for _, name := range []string{".m.iso.x.part", ".m.iso..part", ".m.iso.7.part2", ".n.iso.7.part"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".m.iso.8.part"), 0o755); err != nil {
		t.Fatal(err)
	}
	others := names(t, dir)
	first, second, living := writer(t, path), writer(t, path), writer(t, path)
	kill(first)
	kill(second)
	put(t, path, "x")
	// Besides them there is what the living one writes, and what was put.
	if got, want := len(strings.Fields(names(t, dir))), len(strings.Fields(others))+2; got != want {
		t.Errorf("%d files, want %d: %s", got, want, names(t, dir))
	}
	kill(living)
	put(t, path, "y")
	if got, want := names(t, dir), others+" m.iso"; got != want {
		t.Errorf("left %q, want %q", got, want)
	}
}

// TestLinks: a link is followed, and stays.
func TestLinks(t *testing.T) {
	tests := []struct {
		name, target string
		links        map[string]string
	}{
		{"relative", "real/m.iso", map[string]string{"link": "real/m.iso"}},
		{"a chain", "real/m.iso", map[string]string{"link": "second", "second": "real/m.iso"}},
		{"to an absolute path", "real/m.iso", map[string]string{"link": "/real/m.iso"}},
		{"up from a linked folder", "m.iso", map[string]string{"folder": "real/deep", "real/deep/l": "../../m.iso", "link": "folder/l"}},
	}
	for _, test := range tests {
		for _, there := range []bool{false, true} {
			t.Run(test.name, func(t *testing.T) {
				dir := t.TempDir()
				if err := os.MkdirAll(filepath.Join(dir, "real", "deep"), 0o755); err != nil {
					t.Fatal(err)
				}
				target := filepath.Join(dir, filepath.FromSlash(test.target))
				if there {
					if err := os.WriteFile(target, []byte("old"), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				for link, to := range test.links {
					to = filepath.FromSlash(to)
					if strings.HasPrefix(to, string(filepath.Separator)) {
						to = filepath.Join(dir, to)
					}
					tooltest.Symlink(t, to, filepath.Join(dir, filepath.FromSlash(link)))
				}
				link := filepath.Join(dir, "link")
				f, err := Create(link)
				if err != nil {
					t.Fatal(err)
				}
				if beside, err := os.Stat(filepath.Dir(f.Name())); err != nil {
					t.Error(err)
				} else if want, err := os.Stat(filepath.Dir(target)); err != nil || !os.SameFile(beside, want) {
					t.Errorf("%s is not beside %s", f.Name(), target)
				}
				f.Discard()
				put(t, link, "new")
				if got, err := os.ReadFile(target); string(got) != "new" || err != nil {
					t.Errorf("%q, %v", got, err)
				}
				if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
					t.Errorf("the link is gone: %v", err)
				}
			})
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := Create(dir); err == nil || !strings.Contains(err.Error(), dir+" is a folder, not a file: choose a file name") {
		t.Errorf("the error is %v", err)
	}
	if _, err := Create(filepath.Join(dir, "no", "m.iso")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
	loop := filepath.Join(dir, "loop")
	tooltest.Symlink(t, "loop", loop)
	if _, err := Create(loop); err == nil || !strings.Contains(err.Error(), "too many links") {
		t.Errorf("the error is %v", err)
	}
}
