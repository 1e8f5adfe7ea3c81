// Package e2e does what a user does: it runs the real packer with the real
// plugin on real kernels, boots what comes out, and asks it over HTTP.
// scripts/test provides the parts and names them in the environment.
package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

func packerPath(t testing.TB) string { return tooltest.Part(t, "SCRATCHMACHINE_PACKER") }
func pluginPath(t testing.TB) string { return tooltest.Part(t, "SCRATCHMACHINE_PLUGIN") }

// packer is packer with our plugin installed, away from the user's own.
type packer struct {
	path string
	dir  string // the working folder
	tmp  string // where it and the plugin keep temporary files
	env  []string
}

// newPacker installs the plugin for a packer of the test's own.
func newPacker(t testing.TB) packer {
	t.Helper()
	return newPackerOf(t, packerPath(t), pluginPath(t))
}

// newPackerOf installs a plugin for a packer, at these paths.
func newPackerOf(t testing.TB, path, plugin string) packer {
	t.Helper()
	home, tmp := t.TempDir(), t.TempDir()
	p := packer{path: path, dir: t.TempDir(), tmp: tmp, env: append(os.Environ(),
		"PACKER_PLUGIN_PATH="+filepath.Join(home, "plugins"),
		"PACKER_CONFIG_DIR="+filepath.Join(home, "config"),
		"PACKER_CACHE_DIR="+filepath.Join(home, "cache"),
		"CHECKPOINT_DISABLE=1", "PACKER_NO_COLOR=1", "PACKER_LOG=", "TMPDIR="+tmp)}
	p.install(t, plugin, "github.com/scratchmachine/scratchmachine")
	return p
}

// install installs a plugin that was built here.
func (p packer) install(t testing.TB, plugin, source string) {
	t.Helper()
	if out, err := p.run(t, "plugins", "install", "--path", plugin, source); err != nil {
		t.Fatalf("installing %s: %v\n%s", plugin, err, out)
	}
}

// command prepares packer in its working folder. When the test ends too soon,
// packer ends with it.
func (p packer) command(t testing.TB, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), p.path, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = p.dir, p.env, 5*time.Second
	return cmd
}

func (p packer) run(t testing.TB, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := p.command(t, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// build runs packer build and wants success. It returns what packer said.
func (p packer) build(t testing.TB, args ...string) string {
	t.Helper()
	out, err := p.run(t, append([]string{"build"}, args...)...)
	if err != nil {
		t.Fatalf("packer build: %v\n%s", err, out)
	}
	return out
}

// template returns the path of a template that users copy.
func template(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "packer", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// testdata returns the absolute path of a file in testdata.
func testdata(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// installQemu installs HashiCorp's plugin for QEMU, where packer can download it:
// no version of it is to be had as a Go module.
func (p packer) installQemu(t testing.TB) bool {
	t.Helper()
	out, err := p.run(t, "plugins", "install", "github.com/hashicorp/qemu")
	if err != nil {
		t.Logf("alpine-vm.pkr.hcl: checked for its syntax only, as there is no plugin for QEMU: %v\n%s", err, out)
	}
	return err == nil
}

// TestTemplates: packer takes every template that users copy, and finds it
// well written.
func TestTemplates(t *testing.T) {
	files, err := filepath.Glob(template(t, "*.pkr.hcl"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	p := newPacker(t)
	for _, file := range files {
		if out, err := p.run(t, "fmt", "-check", "-diff", file); err != nil {
			t.Errorf("packer fmt %s: %v\n%s", file, err, out)
		}
		args := []string{"validate"}
		switch filepath.Base(file) {
		case "registry.pkr.hcl", "cloud.pkr.hcl":
			continue // these ask their registry: see TestRegistry
		case "services.pkr.hcl":
			args = append(args, "-var", "kernel="+filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz"))
		case "files.pkr.hcl", "direct.pkr.hcl":
			args = append(args, "-var", "kernel_dir="+vmtest.KernelDir(t, "debian"))
		case "alpine-vm.pkr.hcl":
			if !p.installQemu(t) {
				args = append(args, "-syntax-only")
			}
		}
		if out, err := p.run(t, append(args, file)...); err != nil {
			t.Errorf("packer validate %s: %v\n%s", file, err, out)
		}
	}
}
