package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"
	"mvdan.cc/sh/v3/syntax"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/remote"
)

// The commands that speak with a machine run those of its own shell.

func logsCommand() *cobra.Command {
	var t target
	var follow bool
	var lines int
	var service string
	cmd := &cobra.Command{
		Use:     "logs {--to HOST[:PORT] | --vagrant NAME}",
		Short:   "Shows the last lines of a machine's log",
		Long:    "Logs shows what the machine and its services have written, or one of the services. With -f it goes on.",
		Example: "  scratchmachine logs --to 127.0.0.1:2222 -f --service app",
		Args:    none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			line := "log"
			if service != "" {
				line = "service logs " + quote(service)
			}
			line += fmt.Sprintf(" -n %d", lines)
			if follow {
				line += " -f"
			}
			return t.run(cmd, line)
		},
	}
	t.addTo(cmd)
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "Goes on with what follows.")
	cmd.Flags().IntVarP(&lines, "lines", "n", 100, "How many lines.")
	cmd.Flags().StringVar(&service, "service", "", "The service whose lines are shown. Defaults to all, and the machine's own.")
	return cmd
}

func psCommand() *cobra.Command {
	var t target
	var all bool
	cmd := &cobra.Command{
		Use:     "ps {--to HOST[:PORT] | --vagrant NAME}",
		Short:   "Lists a machine's services",
		Long:    "Ps lists the services of a machine and how they are, or with --all all of its processes.",
		Example: "  scratchmachine ps --to 127.0.0.1:2222",
		Args:    none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if all {
				return t.run(cmd, "ps")
			}
			return t.run(cmd, "service list")
		},
	}
	t.addTo(cmd)
	cmd.Flags().BoolVarP(&all, "all", "a", false, "Lists all processes.")
	return cmd
}

func restartCommand() *cobra.Command {
	var t target
	var service string
	cmd := &cobra.Command{
		Use:     "restart {--to HOST[:PORT] | --vagrant NAME}",
		Short:   "Restarts a service of a machine",
		Long:    "Restart stops a service of a machine, and starts it again.",
		Example: "  scratchmachine restart --vagrant default --service sidecar",
		Args:    none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return t.run(cmd, "service restart "+quote(service))
		},
	}
	t.addTo(cmd)
	cmd.Flags().StringVar(&service, "service", config.Main, "The service. The main program is app.")
	return cmd
}

func shellCommand() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:     "shell {--to HOST[:PORT] | --vagrant NAME} [COMMAND...]",
		Short:   "Runs a machine's shell, or one command in it",
		Long:    "Shell logs in to a machine. Its shell has commands of its own, which help lists, as there is no other program.",
		Example: "  scratchmachine shell --to 127.0.0.1:2222\n  scratchmachine shell --vagrant default df /data",
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.with(cmd, func(client *ssh.Client, s remote.Streams) (int, error) {
				s.In = cmd.InOrStdin()
				return remote.Shell(cmd.Context(), client, os.Stdin, strings.Join(args, " "), s)
			})
		},
	}
	t.addTo(cmd)
	cmd.Flags().SetInterspersed(false) // the rest is the command's
	return cmd
}

// run runs a command line in the machine. A failed one has said why.
func (t *target) run(cmd *cobra.Command, line string) error {
	return t.with(cmd, func(client *ssh.Client, s remote.Streams) (int, error) {
		return remote.Run(cmd.Context(), client, line, s)
	})
}

// with logs in, and has a command of the machine's run. Its exit status is ours.
func (t *target) with(cmd *cobra.Command, run func(*ssh.Client, remote.Streams) (int, error)) error {
	machine, err := t.resolve(cmd)
	if err != nil {
		return err
	}
	client, err := remote.Dial(cmd.Context(), machine)
	if err != nil {
		return err
	}
	defer client.Close()
	status, err := run(client, remote.Streams{Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr()})
	if err == nil && status != 0 {
		return exitStatus(status)
	}
	return errors.Wrap(err, machine.Address())
}

// quote makes a word of the machine's shell of any text.
func quote(text string) string {
	quoted, err := syntax.Quote(text, syntax.LangBash)
	if err != nil { // it has a NUL: no service has such a name
		return "''"
	}
	return quoted
}

// none takes no arguments.
func none(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{errors.Errorf("%q is too much", args[0]), helpOf(cmd)}
	}
	return nil
}
