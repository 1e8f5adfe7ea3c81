package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// newWindowsPacker is packer.exe with the plugin's .exe, both run by wine.
// scripts/windows makes them; elsewhere the test is skipped, as scripts/test
// without --windows has no wine.
func newWindowsPacker(t *testing.T) packer {
	t.Helper()
	path, plugin := os.Getenv("SCRATCHMACHINE_PACKER_WINDOWS"), os.Getenv("SCRATCHMACHINE_PLUGIN_WINDOWS")
	if path == "" || plugin == "" {
		t.Skip("scripts/test --windows runs this: packer for Windows is not named in the environment")
	}
	return newPackerOf(t, path, plugin)
}

// TestWindowsBytes: the same template gives the same bytes on Linux and on Windows.
func TestWindowsBytes(t *testing.T) {
	windows := newWindowsPacker(t)
	linux := newPacker(t)
	program := filepath.Join(t.TempDir(), "app")
	build := packer{path: "go", dir: testdata(t, "plain"), env: append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")}
	if out, err := build.run(t, "build", "-o", program, "."); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	kernel := vmtest.KernelDir(t, "debian")
	files := []string{filepath.Join(kernel, "vmlinuz"), filepath.Join(kernel, "config-*"), filepath.Join(kernel, "*.ko*")}
	for name, options := range map[string]string{
		"demonstration": "",
		"program":       `program = "` + program + `"` + "\n" + `env = { "GREETING" = "hello", "A" = "1" }` + "\n",
		"packed anew":   `kernel_payload = "lz4"` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			const outputs = bothOutputs + `output_kernel = "output/m.vmlinuz"
output_initramfs = "output/m.initramfs"
providers = ["virtualbox", "libvirt"]
`
			options += strings.Replace(outputs, "m.box", "m_{{ .Provider }}.box", 1)
			for _, p := range []packer{linux, windows} {
				t.Log(p.build(t, p.writeTemplate(t, files, options)))
			}
			for _, name := range []string{"m.iso", "m_virtualbox.box", "m_libvirt.box", "m.vmlinuz", "m.initramfs"} {
				sameBytes(t, filepath.Join(linux.dir, "output", name), filepath.Join(windows.dir, "output", name))
			}
		})
	}
}

func sameBytes(t *testing.T, a, b string) {
	t.Helper()
	first, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(first) == 0 || !bytes.Equal(first, second) {
		t.Errorf("%s, of %d bytes, and %s, of %d, differ", a, len(first), b, len(second))
	}
}

// TestWindowsBadOutput: names that Windows keeps for devices and streams, and one
// that a shell has ended as Windows does.
func TestWindowsBadOutput(t *testing.T) {
	p := newWindowsPacker(t)
	kernel := filepath.Join(vmtest.KernelDir(t, "debian"), "vmlinuz")
	for output, want := range map[string]string{
		"NUL":            "output_iso: NUL is no file name on Windows",
		"output/CON":     `output_iso: output\CON is no file name on Windows`,
		"output/m.iso:s": `output_iso: output\m.iso:s is no file name on Windows`,
		`output/m.iso\r`: "output_iso: the path ",
	} {
		t.Run(output, func(t *testing.T) {
			out, err := p.run(t, "build", p.writeTemplate(t, []string{kernel}, `output_iso = "`+output+`"`))
			if err == nil || !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
				t.Errorf("packer ended with %v, want %q in:\n%s", err, want, out)
			}
			if left := p.outputs(t); left != "" {
				t.Errorf("left %s", left)
			}
		})
	}
}
