package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

// bootMemory is what each machine has, in MiB.
const bootMemory = 256

// contenders makes the machines. The first is the recipe's, with its init and its
// loader's configuration; the last two have no loader.
func (b *bench) contenders(ctx context.Context) ([]*contender, error) {
	blog := filepath.Join(b.dir, "blog")
	if err := b.recipeISO(ctx, blog, "blog"); err != nil {
		return nil, err
	}
	floor := filepath.Join(b.dir, "floor")
	if err := b.recipeISO(ctx, floor, "floor"); err != nil {
		return nil, err
	}
	for _, machine := range []string{original, lz4, withSSH} {
		if err := b.unpacked(ctx, machine); err != nil {
			return nil, err
		}
	}
	vmlinuz := filepath.Join(b.kernel, "vmlinuz")
	all := []*contender{
		{name: "recipe, ISO on IDE", options: vm.Options{CDROM: filepath.Join(blog, "machine.iso")}},
		{name: "recipe, ISO as a disk on AHCI", options: vm.Options{Disk: filepath.Join(blog, "machine.iso"), Bus: "ahci"}},
		{name: "ours, ISO on IDE", options: vm.Options{CDROM: filepath.Join(b.dir, original+".iso")}},
		{name: "ours, box disk on AHCI", options: b.box(original)},
		{name: "ours packed with LZ4, ISO on IDE", options: vm.Options{CDROM: filepath.Join(b.dir, lz4+".iso")}},
		{name: "ours packed with LZ4, box disk on AHCI", options: b.box(lz4)},
		{name: "ours with SSH, box disk on AHCI, to a command's end", options: b.box(withSSH), ask: b.command},
		{name: "ours, by `-kernel`", options: vm.Options{
			Kernel: vmlinuz, Initrd: filepath.Join(b.dir, original, "boot", "initramfs.gz"), Append: image.DefaultCommandLine}},
		{name: "floor: the least init, by `-kernel`", options: vm.Options{
			Kernel: vmlinuz, Initrd: filepath.Join(floor, "initramfs.gz"), Append: image.DefaultCommandLine}},
	}
	for _, c := range all {
		if c.ask == nil {
			c.ask = page
		} else {
			c.options.Forwards = []qemu.Forward{{Guest: sshPort}}
		}
		c.options.MemoryMiB = bootMemory
		c.options.Extra = []string{"-trace", linkTrace}
	}
	return all, nil
}

// unpacked bakes a machine of ours, and takes the disk out of the box and the initramfs
// out of the ISO image, into a folder of the machine's name.
func (b *bench) unpacked(ctx context.Context, machine string) error {
	if _, err := b.ours(ctx, machine); err != nil {
		return err
	}
	dir := filepath.Join(b.dir, machine)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return errors.Wrap(err, "making a folder")
	}
	for _, step := range [][]string{
		{"tar", "-xzf", "../" + machine + ".box", "box-disk001.vmdk"},
		{"qemu-img", "convert", "-O", "raw", "box-disk001.vmdk", "disk.raw"},
		{"bsdtar", "-xf", "../" + machine + ".iso", "boot"},
	} {
		cmd := exec.CommandContext(ctx, step[0], step[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return errors.Wrapf(err, "unpacking: %s", out)
		}
	}
	return nil
}

// box is a machine with the disk of an unpacked box, in no format, as VirtualBox unpacks
// it on import.
func (b *bench) box(machine string) vm.Options {
	return vm.Options{Disk: filepath.Join(b.dir, machine, "disk.raw"), Bus: "ahci"}
}

// recipeISO makes an ISO image by the recipe's steps of an init in testdata.
func (b *bench) recipeISO(ctx context.Context, dir, name string) error {
	init, err := b.guest(ctx, name)
	if err != nil {
		return err
	}
	return b.shell(ctx, dir, init, initramfsScript, isoScript)
}

// e1000 is the driver's path, empty where it is built into the kernel.
func (b *bench) e1000() string {
	path := filepath.Join(b.kernel, "e1000.ko")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
