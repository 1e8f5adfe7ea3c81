package program

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// write writes files below a folder.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSources: of two modules in a workspace, with embedded files and one that does not
// compile.
func TestSources(t *testing.T) {
	tooltest.Need(t, "go")
	dir, err := filepath.EvalSymlinks(t.TempDir()) // as the go command sees it
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{
		"go.work":                "go 1.24\n\nuse (\n\t./app\n\t./lib\n)\n",
		"app/go.mod":             "module example.com/app\n\ngo 1.24\n",
		"app/cmd/main.go":        "package main\n\nimport (\n\t_ \"embed\"\n\t\"example.com/app/broken\"\n\t\"example.com/lib\"\n)\n\n//go:embed web/index.html\nvar page string\n\nfunc main() { lib.Say(page); broken.Say() }\n",
		"app/cmd/main_test.go":   "package main\n",
		"app/cmd/web/index.html": "hello",
		"app/broken/broken.go":   "package broken\n\nfunc Say() { undefined }\n",
		"app/other/other.go":     "package other\n",
		"lib/go.mod":             "module example.com/lib\n\ngo 1.24\n",
		"lib/lib.go":             "package lib\n\nfunc Say(text string) { println(text) }\n",
	})
	s, err := Build{Package: filepath.Join(dir, "app", "cmd"), Arch: runtime.GOARCH}.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"go.work": true, "app/go.mod": true, "app/go.sum": true, "lib/go.mod": true,
		"app/cmd/main.go": true, "app/cmd/new.go": true, "app/cmd/new_amd64.s": true, "lib/lib.go": true, "app/broken/broken.go": true,
		"app/cmd/web/index.html": true, "app/cmd/web/new.css": true,
		"app/cmd/main_test.go": false, "app/cmd/.main.go.swp": false, "app/cmd/main.go~": false, "app/cmd/program": false, "app/cmd/README.md": false,
		"app/cmd/.#main.go": false, "app/cmd/web/.index.html.swp": false, "app/other/other.go": false, "app/new.go": false,
	} {
		if got := s.Has(filepath.Join(dir, filepath.FromSlash(name))); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
	if got := len(s.Folders()); got != 6 {
		t.Errorf("folders are %q", s.Folders())
	}
}
