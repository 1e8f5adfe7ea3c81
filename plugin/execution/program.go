package execution

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path"
	"slices"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/execution"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/initramfs"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// programPath is where the program is in the machine.
const programPath = "/app"

// Program is what is run.
type Program struct {
	// Image is the ELF file, for the base's architecture.
	Image content.Content
	// Name is what it is called by, Args are its arguments without that.
	Name string
	Args []string
	// Env is its environment, "NAME=value".
	Env []string
	// Dir is its working folder, as a path of this host, and in the machine.
	Dir string
	// Files are put into the machine.
	Files []tree.Entry
	// Outputs are the paths of files to bring back, the same here and there, and
	// Folders those of folders, with all files in them.
	Outputs, Folders []string
}

// order is what the machine is told. Folders that outputs go to are there.
func (p Program) order(port string) execution.Order {
	o := execution.Order{
		Port: port, Program: programPath, Name: p.Name, Args: p.Args, Env: p.Env, Dir: p.Dir,
		Folders: slices.Clone(p.Folders), Outputs: p.returned(),
	}
	for _, out := range p.Outputs {
		o.Folders = append(o.Folders, path.Dir(out))
	}
	return o
}

// returned are the paths of all that is brought back.
func (p Program) returned() []string { return slices.Concat(p.Outputs, p.Folders) }

// writeInitramfs writes an initramfs of the program and the base's, one archive behind
// the other, as the kernel takes them
// (Documentation/driver-api/early-userspace/buffer-format.rst). The program's is not
// compressed, as it is read once. The base's is the last: folders are then as it has
// them, and nothing can follow what LZ4 has packed, which does not tell where it ends
// (lib/decompress_unlz4.c).
func (b Base) writeInitramfs(ctx context.Context, w io.Writer, p Program) error {
	order, err := json.Marshal(p.order(port(b.Arch)))
	if err != nil {
		return err
	}
	entries := slices.Concat([]tree.Entry{
		{Path: programPath, Mode: 0o755, Content: p.Image},
		{Path: execution.Path, Mode: 0o644, Content: content.Bytes(order)},
	}, p.Files)
	if err := initramfs.Write(ctx, w, entries); err != nil {
		return err
	}
	base, err := os.Open(b.initramfs())
	if err != nil {
		return err
	}
	defer base.Close()
	_, err = io.Copy(w, base)
	return errors.Wrap(err, "copying the initramfs")
}

// port is the machine's second serial port. Every kernel has its driver built in, and
// QEMU loses nothing that is written there, which cannot be said of virtio-serial and 9p:
// Debian's and Alpine's kernels have them as modules only.
func port(arch string) string {
	if arch == "arm64" {
		return "/dev/ttyS0" // of a PCI card: the board's one port is a PL011, for the console
	}
	return "/dev/ttyS1"
}
