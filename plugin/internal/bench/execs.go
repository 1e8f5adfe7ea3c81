package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

// execs runs a program that prints a line and ends, in a machine of its own: by the command
// and by virtrun, in turn, each with one processor and 256 MiB.
func (b *bench) execs(ctx context.Context) error {
	program, err := b.guest(ctx, "prints")
	if err != nil {
		return err
	}
	vmlinuz := filepath.Join(b.kernel, "vmlinuz")
	ours := []string{b.scratchmachine, "exec", "--accel", "tcg", "--cpus", "1", "--memory", "256", "--kernel", vmlinuz, program}
	theirs := []string{b.virtrun, "-nokvm", "-kernel", vmlinuz, "-memory", "256", program}
	if _, err := timeOf(ctx, ours...); err != nil { // unpacks the kernel, once
		return err
	}
	var our, their series
	for range b.runs {
		took, err := timeOf(ctx, ours...)
		if err != nil {
			return err
		}
		our = append(our, took)
		if b.virtrun == "" {
			continue
		}
		if took, err = timeOf(ctx, theirs...); err != nil {
			return err
		}
		their = append(their, took)
	}
	fmt.Fprint(b.out, "| a program that prints a line and ends | time | ratio |\n|---|---|---|\n")
	if b.virtrun != "" {
		fmt.Fprintf(b.out, "| virtrun | %s | 1.00 |\n| `scratchmachine exec` | %s | %.2f |\n\n", their, our, ratio(our, their))
	} else {
		fmt.Fprintf(b.out, "| `scratchmachine exec` | %s | |\n\n", our)
	}
	return nil
}

// timeOf runs a command of which the program prints its line, and returns its time.
func timeOf(ctx context.Context, args ...string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	started := time.Now()
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	took := time.Since(started)
	if err != nil || !strings.Contains(string(out), "a line") {
		return 0, errors.Errorf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
	return took, nil
}

// runsOf measures the first answer of a program that is built: by the command, which bakes
// first, and by QEMU alone with the same kernel and initramfs.
func (b *bench) runsOf(ctx context.Context) error {
	kernel, initrd := filepath.Join(b.dir, "run-kernel"), filepath.Join(b.dir, "run-initramfs")
	build := exec.CommandContext(ctx, b.scratchmachine, append([]string{"build", "--program", b.program, "--profile", "qemu",
		"--output-kernel", kernel, "--output-initramfs", initrd}, b.kernelFlags()...)...)
	if out, err := build.CombinedOutput(); err != nil {
		return errors.Wrapf(err, "baking: %s", out)
	}
	var ours, alone series
	for range b.runs {
		took, err := b.firstAnswer(ctx)
		if err != nil {
			return err
		}
		ours = append(ours, took)
		v, err := vm.Start(ctx, vm.Options{Kernel: kernel, Initrd: initrd, Append: image.DefaultCommandLine, NIC: qemu.Card(b.card())})
		if err != nil {
			return err
		}
		took, err = page(ctx, v)
		v.Stop()
		if err != nil {
			return err
		}
		alone = append(alone, took)
	}
	fmt.Fprint(b.out, "| the first answer of a program that is built | time | ratio |\n|---|---|---|\n")
	fmt.Fprintf(b.out, "| `qemu -kernel -initrd` | %s | 1.00 |\n| `scratchmachine run`, with its bake | %s | %.2f |\n", alone, ours, ratio(ours, alone))
	return nil
}

// card is the network card that a machine of the kernel has.
func (b *bench) card() string {
	if b.e1000() != "" {
		return "e1000"
	}
	return "virtio"
}

// firstAnswer runs the demonstration until it answers.
func (b *bench) firstAnswer(ctx context.Context) (time.Duration, error) {
	port, err := freePort()
	if err != nil {
		return 0, err
	}
	r, err := b.start(ctx, b.dir, append([]string{"run", "-q", "--accel", "tcg", "--publish", fmt.Sprintf("%d:80", port), b.program}, b.kernelFlags()...)...)
	if err != nil {
		return 0, err
	}
	defer r.stop()
	at, _, err := r.answer(ctx, port, "")
	return at.Sub(r.started), err
}
