// Package image makes a machine's images of its parts: the initramfs, the
// hybrid CD image, and the box.
package image

import (
	"cmp"
	"context"
	"encoding/json"
	"io"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/bootloader"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/initramfs"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/vagrant"
)

// Machine is everything that goes into the images.
type Machine struct {
	// Name is the machine's name in the hypervisor.
	Name string
	// Kernel is the kernel with the modules that the machine loads.
	Kernel kernel.Kernel
	// Init is the ELF file that runs as PID 1.
	Init content.Content
	// App is the ELF file that Init runs, nil if Init is the program itself.
	App content.Content
	// ModulesDir is where config.ModulesDir is in a root whose /lib is a link, with a
	// slash at the end; empty in others.
	ModulesDir string
	// Files are all else that is in its root, sorted.
	Files []tree.Entry
	// Config is what the machine is told. Its Modules, and its Program.Path
	// where there is an App, are filled in by the bake.
	Config config.Config
	// Compression is the initramfs's.
	Compression initramfs.Compression
	// CommandLine is the kernel's.
	CommandLine string
	// Isolinux is the boot loader; nil for our own, the direct one.
	Isolinux *bootloader.Isolinux
	// CPUs and MemoryMiB are the box's virtual hardware.
	CPUs, MemoryMiB int
	// Card is the network card of its boxes and appliances: "virtio" or "e1000".
	Card string
	// VMwareCard is that of those for VMware: "vmxnet3", "e1000" or "e1000e".
	VMwareCard string
	// Forwards are the ports that the box forwards, at least one.
	Forwards []vagrant.Forward
}

// What a machine has unless told otherwise.
const (
	DefaultCPUs      = 1
	DefaultMemoryMiB = 128
	// DefaultMemoryMiBUEFI is where only UEFI firmware starts the machine.
	DefaultMemoryMiBUEFI = 256
	// DefaultCommandLine shows the consoles' output on the screen and the
	// first serial port, keeps the kernel to warnings, since a serial line is
	// slow, and reboots a machine whose kernel panicked after 10 s. The tests of
	// the kernel's own cipher code are left out: half of what Debian's kernel does
	// until it starts the init. So is that of the timer, which fails on a busy host
	// that emulates the machine.
	DefaultCommandLine = "console=tty0 console=ttyS0,115200 quiet panic=10 cryptomgr.notests no_timer_check"
)

// DefaultCommandLineARM64 is that of a machine whose first serial port is a PL011,
// as QEMU's "virt" has it.
const DefaultCommandLineARM64 = "console=tty0 console=ttyAMA0 quiet panic=10 cryptomgr.notests"

// Where things are in the initramfs. The kernel starts /init
// (Documentation/admin-guide/initrd.rst).
const (
	initPath = "/init"
	appPath  = "/app"
)

// WriteInitramfs writes the machine's compressed initramfs. What the loader of a
// module or the program needs first comes first. It ends soon after ctx does.
// progress, unless nil, is told of the stage "initramfs".
func (m Machine) WriteInitramfs(ctx context.Context, w io.Writer, progress Progress) error {
	files := []tree.Entry{{Path: initPath, Mode: 0o755, Content: m.Init}}
	guest := m.Config
	guest.Modules = nil
	modules, loading := config.ModulesDir+m.Kernel.Release+"/", m.Kernel.Loading()
	at := cmp.Or(m.ModulesDir, config.ModulesDir) + m.Kernel.Release + "/" // the same, by the links of the root
	for _, module := range m.Kernel.Modules {
		files = append(files, tree.Entry{Path: at + module.Name + ".ko", Mode: 0o644, Content: content.Bytes(module.Image)})
	}
	for _, module := range loading.Always {
		guest.Modules = append(guest.Modules, modules+module.Name+".ko")
	}
	if len(loading.Deps) > 0 {
		files = append(files, tree.Entry{Path: at + config.ModuleAlias, Mode: 0o644, Content: content.Bytes(loading.Alias)},
			tree.Entry{Path: at + config.ModuleDeps, Mode: 0o644, Content: content.Bytes(loading.Deps)})
	}
	if m.App != nil {
		files = append(files, tree.Entry{Path: appPath, Mode: 0o755, Content: m.App})
		guest.Program.Path = appPath
	}
	baked, err := json.MarshalIndent(guest, "", "  ")
	if err != nil {
		return errors.Wrap(err, "writing the machine's configuration")
	}
	files = append(files, tree.Entry{Path: config.Path, Mode: 0o644, Content: content.Bytes(append(baked, '\n'))})
	files = append(files, m.Files...)
	return initramfs.WriteCompressed(ctx, w, watched(files, progress, "initramfs"), m.Compression)
}
