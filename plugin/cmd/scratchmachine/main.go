// Scratchmachine makes machines of Go programs, and runs them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
)

// The exit statuses, besides those of the programs that are run.
const (
	failed      = 1
	misused     = 2   // as shells have it
	interrupted = 130 // 128 and the number of SIGINT
)

// exitStatus is how a program ended that was run.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func main() {
	bake.LimitMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(execute(ctx, root(), os.Args[1:]))
}

// execute runs a command line and returns the exit status. An error is one line.
func execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var status exitStatus
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case errors.Is(err, context.Canceled):
		return interrupted
	case errors.As(err, &usage):
		fmt.Fprintf(root.ErrOrStderr(), "scratchmachine: %v (see scratchmachine %s)\n", err, usage.help)
		return misused
	}
	fmt.Fprintf(root.ErrOrStderr(), "scratchmachine: %v\n", err)
	return failed
}

// usageError is a command line that cannot be understood.
type usageError struct {
	error
	help string // which tells how it is to be
}

func root() *cobra.Command {
	root := &cobra.Command{
		Use:   "scratchmachine",
		Short: "Your Go program, a Linux kernel, and nothing else",
		Long: "Scratchmachine makes a machine of a Go program: a Linux kernel, the program, and nothing else.\n" +
			"It needs the Go toolchain, and QEMU to run one. It fetches a kernel if you name none.",
		Version:       config.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{errors.Errorf("there is no command %q", args[0]), helpOf(cmd)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{err, helpOf(cmd)}
	})
	root.AddCommand(runCommand(), buildCommand(), execCommand(), pushCommand(),
		logsCommand(), psCommand(), restartCommand(), shellCommand())
	return root
}

// helpOf is the command line that shows a command's help, without the program's name.
func helpOf(cmd *cobra.Command) string {
	if cmd.HasParent() {
		return cmd.Name() + " --help"
	}
	return "--help"
}

// atMostOne takes a package or a program, or nothing.
func atMostOne(cmd *cobra.Command, args []string) error {
	if n := cmd.ArgsLenAtDash(); n >= 0 {
		args = args[:n] // the rest is the program's
	}
	if len(args) > 1 {
		return usageError{errors.Errorf("name one package or program, not %d", len(args)), helpOf(cmd)}
	}
	return nil
}
