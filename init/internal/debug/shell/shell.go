// Package shell is a shell for a machine without a userland: an interpreter of
// the shell language with the usual commands in the same process. A program
// that is there is run, too.
package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// killTime is what a program has to end after an interrupt.
const killTime = 2 * time.Second

// Main is the shell as a process: what it was given as arguments decides what
// it does, as sh(1) says. It returns the exit status.
func Main(args []string) int {
	first() // to go when there is no memory left
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := shell{dir: ".", env: expand.ListEnviron(os.Environ()...), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	if interactive(args) {
		stop()
		return s.prompt()
	}
	return s.main(ctx, args)
}

// shell is one interpreter's surroundings.
type shell struct {
	dir            string
	env            expand.Environ
	stdin          io.Reader
	stdout, stderr io.Writer
}

// main runs a command line (-c, whose first parameter is a name), a script or, without either, standard input.
// Options that make a login shell and the like change nothing.
func (s shell) main(ctx context.Context, args []string) int {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		option := args[0]
		args = args[1:]
		if option == "--" {
			break
		}
		if !strings.HasPrefix(option, "--") && strings.Contains(option, "c") {
			if len(args) == 0 {
				fmt.Fprintln(s.stderr, "sh: -c needs a command line")
				return 2
			}
			return s.run(ctx, strings.NewReader(args[0]), "sh", args[min(len(args), 2):])
		}
	}
	if len(args) == 0 {
		return s.run(ctx, s.stdin, "sh", nil)
	}
	path := args[0]
	if !strings.HasPrefix(path, "/") {
		path = s.dir + "/" + path
	}
	script, err := os.Open(path)
	if err != nil {
		fmt.Fprintf(s.stderr, "sh: %v\n", err)
		return 127
	}
	defer script.Close()
	return s.run(ctx, script, args[0], args[1:])
}

// run runs a script, statement by statement as it comes.
func (s shell) run(ctx context.Context, script io.Reader, name string, params []string) int {
	runner, err := s.runner(params)
	if err != nil {
		fmt.Fprintf(s.stderr, "sh: %v\n", err)
		return 2
	}
	for statement, parseErr := range syntax.NewParser().StmtsSeq(script) {
		if parseErr != nil {
			fmt.Fprintf(s.stderr, "%s: %v\n", name, parseErr)
			return 2
		}
		err = runner.Run(ctx, statement)
		if runner.Exited() || ctx.Err() != nil {
			break
		}
	}
	return s.status(err)
}

// status is the exit status that an interpreter's error stands for.
func (s shell) status(err error) int {
	if err == nil {
		return 0
	}
	if status := interp.ExitStatus(0); errors.As(err, &status) {
		return int(status)
	}
	fmt.Fprintf(s.stderr, "sh: %v\n", err)
	return 1
}

func (s shell) runner(params []string) (*interp.Runner, error) {
	return interp.New(
		interp.Dir(s.dir), interp.Env(s.env), interp.StdIO(s.stdin, s.stdout, s.stderr),
		interp.Params(append([]string{"--"}, params...)...),
		interp.CallHandler(override), interp.ExecHandlers(ours, scripts, programs),
	)
}
