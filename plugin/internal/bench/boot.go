package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
)

// bootTime bounds one boot.
const bootTime = 3 * time.Minute

// contender is a machine to boot.
type contender struct {
	name    string
	options vm.Options
	wall    series // QEMU's start to the first HTTP 200
	cpu     series // the processor time that QEMU took for it
}

// boot compares the recipe's own ISO image, with its init and its loader's
// configuration, with ours on the same kernel.
func (b *bench) boot(ctx context.Context) error {
	contenders, err := b.contenders(ctx)
	if err != nil {
		return err
	}
	for range b.runs {
		for _, c := range contenders {
			if err := c.run(ctx); err != nil {
				return errors.Wrap(err, c.name)
			}
		}
	}
	fmt.Fprintf(b.out, "\n| boot | power-on to first 200 | ratio | QEMU's processor time | ratio |\n|---|---|---|---|---|\n")
	first := contenders[0]
	for _, c := range contenders {
		fmt.Fprintf(b.out, "| %s | %s | %.2f | %s | %.2f |\n", c.name, c.wall, ratio(c.wall, first.wall), c.cpu, ratio(c.cpu, first.cpu))
	}
	return nil
}

func (b *bench) contenders(ctx context.Context) ([]*contender, error) {
	init, err := b.blogInit(ctx)
	if err != nil {
		return nil, err
	}
	blog := filepath.Join(b.dir, "blog")
	if err := b.shell(ctx, blog, init, initramfsScript, isoScript); err != nil {
		return nil, err
	}
	if _, err := b.ours(ctx); err != nil {
		return nil, err
	}
	unpack := exec.CommandContext(ctx, "tar", "-xzf", "ours.box")
	unpack.Dir = b.dir
	if out, err := unpack.CombinedOutput(); err != nil {
		return nil, errors.Wrapf(err, "unpacking the box: %s", out)
	}
	const memory = 256
	return []*contender{
		{name: "recipe, ISO on IDE", options: vm.Options{CDROM: filepath.Join(blog, "machine.iso"), MemoryMiB: memory}},
		{name: "ours, ISO on IDE", options: vm.Options{CDROM: filepath.Join(b.dir, "ours.iso"), MemoryMiB: memory}},
		{name: "ours, box disk on AHCI", options: vm.Options{
			Disk: filepath.Join(b.dir, "box-disk001.vmdk"), Format: "vmdk", Bus: "ahci", MemoryMiB: memory}},
	}, nil
}

// run boots once.
func (c *contender) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	v, err := vm.Start(ctx, c.options)
	if err != nil {
		return err
	}
	defer v.Stop()
	answer, err := v.Get(ctx, "/")
	if err != nil {
		return errors.Wrapf(err, "console:\n%s", v.Console())
	}
	v.Stop()
	c.wall, c.cpu = append(c.wall, answer.After), append(c.cpu, v.CPU())
	return nil
}
