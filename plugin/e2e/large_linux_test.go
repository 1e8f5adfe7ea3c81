package e2e

import (
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/peak"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

// TestLargeProgram: a program that does not compress is baked as a stream, in less memory
// than it is large.
func TestLargeProgram(t *testing.T) {
	const size, most = 224 << 20, 160 << 20
	elf, err := stock.Demo(t.Context(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "large")
	if err := os.WriteFile(program, elf, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(program, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(f, rand.Reader, size); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), command(t), "build", program, "--kernel", filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz"),
		"--output-iso", filepath.Join(dir, "x.iso"), "--output-box", filepath.Join(dir, "x.box"))
	out, resident, err := peak.Run(c)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%d MiB at most", resident>>20)
	if resident == 0 || resident > most {
		t.Errorf("a bake of %d MiB took %d MiB of memory, want %d at most", size>>20, resident>>20, most>>20)
	}
	for _, name := range []string{"x.iso", "x.box"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Size() < size || info.Size() > size+64<<20 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}
