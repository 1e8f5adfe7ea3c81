package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestBadInput: what the post-processor refuses reaches the user as one clear
// sentence, and nothing is left.
func TestBadInput(t *testing.T) {
	p, dir := newPacker(t), vmtest.KernelDir(t, "debian")
	kernel := filepath.Join(dir, "vmlinuz")
	text := filepath.Join(t.TempDir(), "vmlinuz")
	if err := os.WriteFile(text, []byte("no kernel"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, options string
		files         []string
		want          string
	}{
		{"nothing found", bothOutputs, []string{"nowhere/vmlinuz"}, "the input artifact has no files, so no kernel"},
		{"two kernels", bothOutputs, []string{kernel, filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz")}, "has 2 kernels"},
		{"no bzImage", bothOutputs, []string{text}, "this is neither a bzImage nor an arm64 Image but something unknown"},
		{"no key", bothOutputs + "ssh {\n enabled = true\n}", []string{filepath.Join(vmtest.KernelDir(t, "gokrazy_arm64"), "vmlinuz")},
			"VirtualBox has no way to hand a machine of arm64 the key"},
		{"another kernel's module", bothOutputs, []string{filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz"), filepath.Join(dir, "e1000.ko")},
			"the module is for release 6.1.0"},
		{"dynamic program", bothOutputs + `program = "/bin/bash"`, []string{kernel}, "the program is dynamic"},
		{"program of another architecture", bothOutputs + `program = "` + armProgram(t) + `"`, []string{kernel}, "build it with GOARCH=amd64"},
		{"package without main", bothOutputs + `package = "` + testdata(t, "library") + `"`, []string{kernel}, "lacks a main"},
		{"unknown option", bothOutputs + `outputs = "x"`, []string{kernel}, `An argument named "outputs" is not expected here`},
		{"unknown variable", `output_iso = "output/{{ .Nobody }}.iso"`, []string{kernel}, "has a variable that does not exist"},
		{"unwritable", `output_iso = "/proc/m.iso"`, []string{kernel}, "output_iso: writing beside /proc/m.iso"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, err := p.run(t, "build", p.writeTemplate(t, test.files, test.options))
			if err == nil || !strings.Contains(strings.Join(strings.Fields(out), " "), test.want) {
				t.Errorf("packer ended with %v, want %q in:\n%s", err, test.want, out)
			}
			if left := p.outputs(t); left != "" {
				t.Errorf("left %s", left)
			}
		})
	}
	for _, name := range []string{"vmlinuz", "e1000.ko"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("an input is gone: %v", err)
		}
	}
}

// armProgram builds a program for another architecture.
func armProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app")
	cmd := packer{path: "go", dir: testdata(t, "plain"), env: append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")}
	if out, err := cmd.run(t, "build", "-o", path, "."); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return path
}
