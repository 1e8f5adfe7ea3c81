package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/flags"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/local"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

// notForRun are the options that have no meaning for a machine of this host.
var notForRun = []string{
	"output-iso", "output-box", "providers", "output-disk", "disk-format", "output-ova", "ova-for", "output-gce",
	"output-kernel", "output-initramfs", "output-catalog", "catalog", "bootloader", "isolinux-dir",
}

// runOptions are those of run.
type runOptions struct {
	options
	accel      accelerator
	quiet, iso bool
	watches    bool
}

func runCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run [PACKAGE|ELF] [-- ARGUMENT...]",
		Short: "Runs a program as a machine in QEMU",
		Long: "Run bakes a machine and boots it in QEMU, with the hardware virtualisation that this host has, and shows its console.\n" +
			"Ctrl-C presses the machine's power button; a second one ends it at once. The exit status is the program's: a program\n" +
			"that fails ends the machine, unless --supervise-crash-limit is given. Without a package and a program it is the\n" +
			"demonstration. The flags are the post-processor's options.\n" +
			"With --watch it builds the package anew whenever one of its sources changes, and has the running machine's program\n" +
			"replaced. What does not compile, or fails right away, leaves the old program running.",
		Example: "  scratchmachine run .\n  scratchmachine run --watch ./cmd/hello\n  scratchmachine run ./cmd/hello --publish 8081:80 --env GREETING=hi -- -v",
		Args:    atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if n := cmd.ArgsLenAtDash(); n >= 0 {
				o.Args = append(o.Args, args[n:]...)
				args = args[:n]
			}
			if len(args) > 0 {
				if err := o.setProgram(args[0]); err != nil {
					return err
				}
			}
			return o.run(cmd.Context(), cmd.OutOrStdout(), lines{cmd.ErrOrStderr(), o.quiet})
		},
	}
	set := cmd.Flags()
	flags.Add(set, &o.Options, notForRun...)
	set.StringVar(&o.arch, "arch", "", "The architecture of the kernel that is fetched, amd64 or arm64. Defaults to this host's.")
	o.accel.flag(set)
	set.BoolVar(&o.iso, "iso", false, "Boots the ISO image, with its boot loader, and not kernel and initramfs by themselves.")
	set.BoolVar(&o.watches, "watch", false, "Builds the package anew when its sources change, and replaces the running program.")
	set.BoolVarP(&o.quiet, "quiet", "q", false, "Shows the console alone.")
	return cmd
}

// run bakes a machine and runs it. A program that fails is the error exitStatus.
func (o *runOptions) run(ctx context.Context, console io.Writer, r lines) error {
	dir, err := os.MkdirTemp("", "scratchmachine-run-")
	if err != nil {
		return errors.Wrap(err, "making a folder for the machine")
	}
	defer os.RemoveAll(dir)
	if err := o.setKernel(ctx); err != nil {
		return err
	}
	var w *watching
	if o.watches {
		if w, err = o.watch(ctx, r); err != nil {
			return err
		}
	}
	o.setRunDefaults(dir)
	machine, err := o.machine(ctx, r)
	if err != nil {
		return err
	}
	r.Sayf("Starting QEMU with %s", machine.Accel)
	for _, f := range machine.Forwards {
		r.Sayf("Port %d of the machine is 127.0.0.1:%d here", f.Guest, f.Host)
	}
	if w != nil {
		machine.Forwards = append(machine.Forwards, w.forward)
		defer w.start(ctx)()
	}
	status, err := local.Run(ctx, machine, console, secondInterrupt(ctx))
	if err == nil && status != 0 {
		return exitStatus(status)
	}
	return err
}

// machine bakes, and says how QEMU boots that.
func (o *runOptions) machine(ctx context.Context, r bake.Reporter) (qemu.Options, error) {
	made, err := o.bake(ctx, r)
	if err != nil {
		return qemu.Options{}, err
	}
	if o.iso && made.Arch == "arm64" {
		return qemu.Options{}, errors.New("--iso: a machine for arm64 boots an image by UEFI firmware, which QEMU does not bring: leave --iso out")
	}
	q := qemu.Options{
		Arch: made.Arch, MemoryMiB: made.MemoryMiB, CPUs: o.CPUs, NIC: qemu.Card(made.Card), Accel: o.accel.find(ctx, made.Arch),
		Kernel: o.OutputKernel, Initrd: o.OutputInitramfs, CDROM: o.OutputISO,
	}
	if !o.iso {
		q.Append = made.CommandLine
	}
	for _, p := range o.ForwardedPorts {
		q.Forwards = append(q.Forwards, qemu.Forward{Host: p.Host, Guest: p.Guest})
	}
	return q, nil
}

// setRunDefaults sets what other options of a bake QEMU needs, with outputs in a folder. A
// program that is watched may fail: the next may be better.
func (o *runOptions) setRunDefaults(dir string) {
	if o.Profile == "" {
		o.Profile = "qemu"
	}
	if o.Supervise.CrashLimit == 0 && !o.watches {
		o.Supervise.CrashLimit = 1
	}
	if o.iso {
		o.OutputISO = filepath.Join(dir, "machine.iso")
	} else {
		o.OutputKernel, o.OutputInitramfs = filepath.Join(dir, "kernel"), filepath.Join(dir, "initramfs")
	}
}

// secondInterrupt returns a channel that is closed by an interrupt after the one that
// ended ctx.
func secondInterrupt(ctx context.Context) <-chan struct{} {
	again := make(chan struct{})
	context.AfterFunc(ctx, func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt)
		<-signals
		close(again)
	})
	return again
}
