package main

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/execution"
)

func execCommand() *cobra.Command {
	var o options
	var request execution.Request
	var verbose bool
	var accel accelerator
	cmd := &cobra.Command{
		Use:   "exec [flags] ELF [ARGUMENT...]",
		Short: "Runs a static program in a machine of its own, as if it ran here",
		Long: "Exec runs a program as the only one of a throw-away machine: with these arguments, this environment and this working\n" +
			"folder. Its output is kept apart, its exit status is that of this command, and the files that a test binary writes\n" +
			"(-test.coverprofile and the like) are brought back. A test finds its package's testdata. Any number can run at once.",
		Example: "  go test -exec 'scratchmachine exec' ./...\n" +
			"  scratchmachine exec --network ./program --verbose",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("name the program to run"), helpOf(cmd)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := o.setKernel(ctx); err != nil {
				return err
			}
			if o.Profile == "" {
				o.Profile = "qemu"
			}
			report := lines{cmd.ErrOrStderr(), !verbose}
			base, err := execution.Prepare(ctx, o.Options, o.arch, request.Network, report)
			if err != nil {
				return err
			}
			request.Path, request.Args, request.Env = args[0], args[1:], os.Environ()
			if request.Dir, err = os.Getwd(); err != nil {
				return err
			}
			program, err := request.Program(ctx, base.Arch)
			if err != nil {
				return err
			}
			m := execution.Machine{Base: base, MemoryMiB: o.Memory, CPUs: o.CPUs, Accel: accel.find(ctx, base.Arch), Network: request.Network}
			status, err := m.Run(ctx, program, cmd.OutOrStdout(), cmd.ErrOrStderr())
			if err == nil && status != 0 {
				return exitStatus(status)
			}
			return errors.Wrap(err, filepath.Base(args[0]))
		},
	}
	set := cmd.Flags()
	set.SetInterspersed(false) // the rest is the program's
	kernelFlags(set, &o)
	accel.flag(set)
	set.IntVar(&o.Memory, "memory", 512, "The machine's memory in MiB.")
	set.IntVar(&o.CPUs, "cpus", min(runtime.NumCPU(), 2), "The number of virtual CPUs.")
	set.StringArrayVar(&request.Files, "file", nil, "Puts a file or folder of this host into the machine: `SRC[:DST]`. May be repeated.")
	set.StringArrayVar(&request.ExtraEnv, "env", nil, "Adds a variable to the environment: `NAME=value`. May be repeated.")
	set.BoolVar(&request.Network, "network", false, "Gives the machine a network card. Without it there is localhost only.")
	set.BoolVarP(&verbose, "verbose", "v", false, "Says how the kernel is prepared.")
	return cmd
}
