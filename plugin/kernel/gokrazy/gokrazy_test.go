package gokrazy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// TestPinned: scripts/kernel has the same kernels.
func TestPinned(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("..", "..", "..", "scripts", "kernel"))
	if err != nil {
		t.Fatal(err)
	}
	for arch, m := range modules {
		for _, word := range []string{m.path + " " + m.version, m.sum} {
			if !strings.Contains(string(script), word) {
				t.Errorf("scripts/kernel has another kernel for %s: no %q", arch, word)
			}
		}
	}
}

func TestKernelRefused(t *testing.T) {
	tooltest.Need(t, "go")
	if _, _, err := Kernel(t.Context(), "riscv64"); err == nil || !strings.Contains(err.Error(), "no kernel for riscv64") {
		t.Errorf("got %v", err)
	}
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOMODCACHE", t.TempDir())
	if _, _, err := Kernel(t.Context(), "amd64"); err == nil || !strings.Contains(err.Error(), "downloading the kernel github.com/gokrazy/kernel.amd64@") {
		t.Errorf("got %v", err)
	}
}
