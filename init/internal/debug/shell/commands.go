package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/u-root/u-root/pkg/core"
	"github.com/u-root/u-root/pkg/core/cat"
	"github.com/u-root/u-root/pkg/core/chmod"
	"github.com/u-root/u-root/pkg/core/cp"
	"github.com/u-root/u-root/pkg/core/find"
	"github.com/u-root/u-root/pkg/core/mkdir"
	"github.com/u-root/u-root/pkg/core/mktemp"
	"github.com/u-root/u-root/pkg/core/mv"
	"github.com/u-root/u-root/pkg/core/rm"
	"github.com/u-root/u-root/pkg/core/touch"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// call is one use of a command.
type call struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	dir            string // against which paths are relative
	env            expand.Environ
	args           []string // without the command's name
}

// command does what a command does. Its error is shown, and makes the exit
// status 1; an interp.ExitStatus is not shown, and is the status.
type command func(c call) error

// commands are all there are but those of the shell's language. One is made for
// each use.
func commands() map[string]command {
	return map[string]command{
		"bash": runShell, "sh": runShell, "sudo": sudo, "env": printEnv, "help": help,
		"grep": grep, "head": head, "tail": tail, "wc": wc, "tee": tee,
		"date": date, "hostname": hostname, "id": id, "sleep": sleep, "sync": syncDisks, "uname": uname, "uptime": uptime,
		"df": df, "free": free, "kill": kill, "killall": killall, "pidof": pidof, "ps": ps, "top": top,
		"dmesg": dmesg, "log": showLog, "service": service, "status": showStatus,
		"curl": fetch, "fetch": fetch, "ip": ip, "ping": ping,
		"halt": powerOff, "poweroff": powerOff, "reboot": reboot, "shutdown": shutdown,
		"scp": scpServer, "sftp-server": sftpServer,
		"cat": library(cat.New()), "chmod": library(chmod.New()), "cp": library(cp.New()), "find": library(find.New()),
		"ls": listFiles, "mkdir": library(mkdir.New()), "mktemp": library(mktemp.New()), "mv": library(mv.New()),
		"rm": library(rm.New()), "touch": library(touch.New()),
	}
}

// notBuiltin comes before the name of a command of ours that the interpreter
// would take for one of its own. No command line can have it.
const notBuiltin = "\x00"

// override keeps the interpreter from its own kill, which it lacks, and help,
// which knows nothing of our commands.
func override(_ context.Context, args []string) ([]string, error) {
	if len(args) > 0 && (args[0] == "kill" || args[0] == "help") {
		return slices.Concat([]string{notBuiltin + args[0]}, args[1:]), nil
	}
	return args, nil
}

// ours is the interpreter's way to the commands.
func ours(next interp.ExecHandlerFunc) interp.ExecHandlerFunc {
	return func(ctx context.Context, args []string) error {
		name := strings.TrimPrefix(args[0], notBuiltin)
		run := commands()[name]
		if run == nil {
			return next(ctx, args)
		}
		h := interp.HandlerCtx(ctx)
		err := run(call{ctx, h.Stdin, h.Stdout, h.Stderr, h.Dir, h.Env, args[1:]})
		if err == nil {
			return nil
		}
		if status := interp.ExitStatus(0); errors.As(err, &status) {
			return err
		}
		fmt.Fprintf(h.Stderr, "%s: %v\n", name, err)
		return interp.ExitStatus(1)
	}
}

// library makes a command of u-root's one of ours.
func library(run core.Command) command {
	return func(c call) error {
		run.SetIO(c.stdin, c.stdout, c.stderr)
		run.SetWorkingDir(c.dir)
		run.SetLookupEnv(func(name string) (string, bool) {
			v := c.env.Get(name)
			return v.Str, v.Set
		})
		return run.RunContext(c.ctx, c.args...)
	}
}

// path is where a path that was given leads.
func (c call) path(given string) string {
	if filepath.IsAbs(given) {
		return given
	}
	return filepath.Join(c.dir, given)
}

// shell is the surroundings of a shell in this one.
func (c call) shell() shell {
	stdin := c.stdin
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	return shell{c.dir, c.env, stdin, c.stdout, c.stderr}
}

// exit turns a status into what a command returns.
func exit(status int) error {
	if status == 0 {
		return nil
	}
	return interp.ExitStatus(status)
}

func runShell(c call) error { return exit(c.shell().main(c.ctx, c.args)) }

// sudo runs a command as the one user that there is, whatever the options.
func sudo(c call) error {
	for len(c.args) > 0 && strings.HasPrefix(c.args[0], "-") {
		c.args = c.args[1:]
	}
	if len(c.args) == 0 {
		return nil
	}
	return exit(c.shell().run(c.ctx, strings.NewReader(`"$@"`), "sudo", c.args))
}

func printEnv(c call) error {
	if len(c.args) > 0 { // such as env -i or NAME=value: for a program
		line, err := envLine(c.args)
		if err != nil {
			return err
		}
		return exit(c.shell().run(c.ctx, strings.NewReader(line), "env", commandOf(c.args)))
	}
	for name, v := range c.env.Each {
		if v.Exported && v.IsSet() {
			fmt.Fprintf(c.stdout, "%s=%s\n", name, v.String())
		}
	}
	return nil
}

// envLine is a line that runs the parameters with the variables that env was
// given before them.
func envLine(args []string) (string, error) {
	var line strings.Builder
	for _, a := range args[:len(args)-len(commandOf(args))] {
		name, value, _ := strings.Cut(a, "=")
		if !syntax.ValidName(name) {
			return "", fmt.Errorf("there is no variable %q", name)
		}
		quoted, err := syntax.Quote(value, syntax.LangBash)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&line, "export %s=%s; ", name, quoted)
	}
	return line.String() + `"$@"`, nil
}

// commandOf is what follows the variables.
func commandOf(args []string) []string {
	i := slices.IndexFunc(args, func(a string) bool { return !strings.Contains(a, "=") })
	if i < 0 {
		return nil
	}
	return args[i:]
}

func help(c call) error {
	names := slices.Sorted(maps.Keys(commands()))
	fmt.Fprintf(c.stdout, "A shell without a userland. Beside the shell's own commands it has:\n%s\n", strings.Join(names, " "))
	return nil
}
