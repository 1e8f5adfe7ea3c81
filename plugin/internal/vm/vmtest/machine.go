package vmtest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/base"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

// Machine is one that is booted without packer, disc and loader: for tests of
// what runs in it.
type Machine struct {
	// Kernel is "gokrazy" (the default), whose drivers are built in, or
	// "debian", which comes with a few modules: see scripts/kernel.
	Kernel string
	// Modules are the names of further ones, of those that scripts/kernel adds to
	// the debian kernel for tests.
	Modules []string
	// Package is the folder of the program's Go package, empty for the
	// demonstration.
	Package string
	// Config is what the machine is told.
	Config config.Config
	// Append follows the default kernel command line.
	Append string
	// VM is the hardware; its Kernel, Initrd and Append are filled in.
	VM vm.Options
}

// Boot bakes the machine and starts it.
func (m Machine) Boot(t testing.TB) *vm.VM {
	t.Helper()
	tooltest.Need(t, "qemu-system-x86_64")
	dir := KernelDir(t, m.Kernel)
	baked := image.Machine{Kernel: readKernel(t, dir, m.Modules), Config: m.Config}
	baked.Init, baked.App = m.programs(t)
	users := accounts.New(m.Config.Program.UID, m.Config.Program.GID)
	var err error
	if baked.Files, err = base.Files(users, baked.Kernel.Release); err != nil {
		t.Fatal(err)
	}
	o := m.VM
	o.Kernel, o.Initrd = filepath.Join(dir, "vmlinuz"), filepath.Join(t.TempDir(), "initramfs.gz")
	o.Append = strings.TrimSpace(image.DefaultCommandLine + " " + m.Append)
	initramfs, err := os.Create(o.Initrd)
	if err != nil {
		t.Fatal(err)
	}
	defer initramfs.Close()
	if err := baked.WriteInitramfs(t.Context(), initramfs, nil); err != nil {
		t.Fatal(err)
	}
	return Boot(t, o)
}

// programs returns the init, and the program if it is another.
func (m Machine) programs(t testing.TB) (init, app content.Content) {
	t.Helper()
	if m.Package == "" {
		demo := stocked(t, stock.Demo)
		if !m.debug() {
			return demo, nil
		}
		return stocked(t, stock.DebugInit), demo
	}
	path, remove, err := program.Build{Package: m.Package, Arch: "amd64"}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	elf, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := program.Parse(content.Bytes(elf), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	if p.Machine {
		return p.Image, nil
	}
	if m.debug() {
		return stocked(t, stock.DebugInit), p.Image
	}
	return stocked(t, stock.Init), p.Image
}

func stocked(t testing.TB, get func(ctx context.Context, arch string) ([]byte, error)) content.Content {
	t.Helper()
	elf, err := get(t.Context(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	return content.Bytes(elf)
}

// debug tells whether the machine needs the larger init, for package machine/debug or
// for TLS.
func (m Machine) debug() bool {
	return m.Config.Debug.SSH.Listen != "" || m.Config.Debug.Page != "" || strings.HasPrefix(m.Config.Log.Server, "tls://")
}

// KernelDir is the folder of a kernel that scripts/test has made.
func KernelDir(t testing.TB, name string) string {
	t.Helper()
	if name == "" {
		name = "gokrazy"
	}
	return tooltest.Part(t, "SCRATCHMACHINE_KERNEL_"+strings.ToUpper(name))
}

func readKernel(t testing.TB, dir string, more []string) kernel.Kernel {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.ko*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range more {
		found, err := filepath.Glob(filepath.Join(dir, "more", name+".ko*"))
		if err != nil || len(found) != 1 {
			t.Fatalf("there is no module %s in %s: run scripts/kernel", name, dir)
		}
		paths = append(paths, found...)
	}
	var modules []kernel.File
	for _, path := range paths {
		modules = append(modules, readFile(t, path))
	}
	k, err := kernel.New(readFile(t, filepath.Join(dir, "vmlinuz")), modules)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func readFile(t testing.TB, path string) kernel.File {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return kernel.File{Name: path, Content: content}
}
