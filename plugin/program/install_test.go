package program

import (
	"archive/zip"
	"bytes"
	"debug/buildinfo"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// moduleProxy makes a module proxy of files (go help goproxy), which has versions of
// modules: by path@version, their files by name.
func moduleProxy(t *testing.T, modules map[string]map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for module, files := range modules {
		path, version, _ := strings.Cut(module, "@")
		var zipped bytes.Buffer
		archive := zip.NewWriter(&zipped)
		for name, text := range files {
			w, err := archive.Create(module + "/" + name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(dir, filepath.FromSlash(path), "@v")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		list := filepath.Join(folder, "list")
		before, _ := os.ReadFile(list)
		if err := os.WriteFile(list, append(before, version+"\n"...), 0o644); err != nil {
			t.Fatal(err)
		}
		for extension, text := range map[string]string{"info": `{"Version":"` + version + `"}`, "mod": files["go.mod"], "zip": zipped.String()} {
			if err := os.WriteFile(filepath.Join(folder, version+"."+extension), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("GOPROXY", "file://"+filepath.ToSlash(dir))
	t.Setenv("GONOSUMDB", "*")
	t.Setenv("GOFLAGS", "-modcacherw")
	t.Setenv("GOMODCACHE", t.TempDir())
}

const hello = "package main\n\nfunc main() { println(\"hello\") }\n"

func TestInstall(t *testing.T) {
	tooltest.Need(t, "go")
	moduleProxy(t, map[string]map[string]string{"example.com/tools@v1.2.3": {
		"go.mod": "module example.com/tools\n\ngo 1.26.0\n", "cmd/hello/main.go": hello, "library/library.go": "package library\n"}})
	// Go refuses it for another system, even in its settings.
	settings := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(settings, []byte("GOBIN="+t.TempDir()+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOENV", settings)
	for _, arch := range []string{"amd64", "arm64"} {
		image := build(t, "example.com/tools/cmd/hello@v1.2.3", arch)
		info, err := buildinfo.Read(bytes.NewReader(image))
		if err != nil || info.Path != "example.com/tools/cmd/hello" || info.Main.Path != "example.com/tools" || info.Main.Version != "v1.2.3" {
			t.Errorf("%s: %+v, %v", arch, info, err)
		}
		for _, s := range info.Settings {
			if s.Key == "GOARCH" && s.Value != arch || s.Key == "CGO_ENABLED" && s.Value != "0" {
				t.Errorf("%s: %s is %s", arch, s.Key, s.Value)
			}
		}
	}
}

func TestInstallRefuses(t *testing.T) {
	tooltest.Need(t, "go")
	mod := "module example.com/tools\n\ngo 1.26.0\n"
	moduleProxy(t, map[string]map[string]string{
		"example.com/tools@v1.0.0": {"go.mod": mod, "main.go": hello, "library/library.go": "package library\n", "a/a.go": hello, "b/b.go": hello},
		"example.com/tools@v1.1.0": {"go.mod": mod + "\nreplace example.com/x => ../x\n", "main.go": hello},
		"example.com/tools@v1.2.0": {"go.mod": mod, "main.go": "package main\n\nfunc main() { nothing() }\n"},
	})
	for pkg, want := range map[string]string{
		"example.com/tools@v9.9.9":         "building the package example.com/tools@v9.9.9: go: example.com/tools@v9.9.9: ",
		"example.com/nobody@v1.0.0":        "building the package example.com/nobody@v1.0.0: go: example.com/nobody@v1.0.0: ",
		"example.com/tools/library@v1.0.0": "package example.com/tools/library is not a main package",
		"example.com/tools/none@v1.0.0":    "module example.com/tools@v1.0.0 found, but does not contain package example.com/tools/none",
		"example.com/tools/...@v1.0.0":     "example.com/tools/...@v1.0.0 is 3 programs: name the package of one",
		"example.com/tools@v1.1.0":         "replace directives. It must not contain directives",
		"example.com/tools@v1.2.0":         "undefined: nothing",
	} {
		_, _, err := Build{Package: pkg, Arch: "amd64"}.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", pkg, err, want)
		}
	}
}
