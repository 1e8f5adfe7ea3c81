package cgroup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMemory: a folder stands for the kernel's hierarchy; that it limits is
// shown in a booted machine.
func TestMemory(t *testing.T) {
	root := t.TempDir()
	if _, err := Memory(root, "program", 1<<20); err == nil || !strings.Contains(err.Error(), "has the kernel MEMCG?") {
		t.Errorf("%v", err)
	}
	files := map[string]string{"cgroup.subtree_control": "+memory", "program/memory.max": "1048576", "program/memory.oom.group": "1"}
	for name := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := Memory(root, "program", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	dir.Close()
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v, want %q", name, got, err, want)
		}
	}
}
