package files

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
)

// run builds in a folder that holds vmlinuz, a.ko, b.ko.
func run(t *testing.T, patterns ...any) (packersdk.Artifact, error) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"vmlinuz", "b.ko", "a.ko"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var b Builder
	if _, _, err := b.Prepare(map[string]any{"files": patterns}); err != nil {
		return nil, err
	}
	return b.Run(t.Context(), packersdk.TestUi(t), nil)
}

func TestFiles(t *testing.T) {
	a, err := run(t, "vmlinuz", "config-*", "*.ko", "a.ko")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"vmlinuz", "a.ko", "b.ko"}; !slices.Equal(a.Files(), want) {
		t.Errorf("files %v, want %v", a.Files(), want)
	}
	if err := a.Destroy(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("vmlinuz"); err != nil {
		t.Errorf("the user's file is gone: %v", err)
	}
}

func TestBadFiles(t *testing.T) {
	tests := []struct {
		name     string
		patterns []any
		want     string
	}{
		{"none", nil, "files is empty"},
		{"a name that does not exist", []any{"vmlinuz", "e1000.ko"}, "files: e1000.ko: "},
		{"no match at all", []any{"*.zst"}, "files: nothing matches *.zst"},
		{"a bad pattern", []any{"[a"}, `files: "[a": syntax error in pattern`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := run(t, test.patterns...); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
