package shell

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/term"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// interactive tells whether a person is at the shell: it has a terminal and
// nothing else to do.
func interactive(args []string) bool {
	for _, a := range args {
		if a != "-l" && a != "-i" && a != "--login" {
			return false
		}
	}
	return term.IsTerminal(0)
}

// prompt is the life of an interactive shell.
func (s shell) prompt() int {
	// Between commands, too, Ctrl-C does not end the shell.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	runner, err := s.runner(nil)
	if err == nil {
		err = interp.Interactive(true)(runner)
	}
	if err != nil {
		fmt.Fprintf(s.stderr, "sh: %v\n", err)
		return 2
	}
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{interrupts{os.Stdin}, os.Stdout}, "")
	status := 0
	for {
		script, err := ask(t, runner.Dir)
		if err != nil {
			fmt.Fprintln(s.stdout)
			return status
		}
		var exited bool
		if status, exited = s.runInteractive(runner, script); exited {
			return status
		}
	}
}

// ask reads lines until they are whole statements.
func ask(t *term.Terminal, dir string) (string, error) {
	before, err := term.MakeRaw(0)
	if err != nil {
		return "", err
	}
	defer func() { _ = term.Restore(0, before) }()
	if width, height, err := term.GetSize(0); err == nil && width > 0 {
		_ = t.SetSize(width, height)
	}
	host, _ := os.Hostname()
	t.SetPrompt(host + ":" + dir + "# ")
	var text strings.Builder
	for {
		line, err := t.ReadLine()
		if err != nil && err != term.ErrPasteIndicator {
			return "", err
		}
		text.WriteString(line + "\n")
		if _, err := syntax.NewParser().Parse(strings.NewReader(text.String()), ""); !syntax.IsIncomplete(err) {
			return text.String(), nil
		}
		t.SetPrompt("> ")
	}
}

// interrupted is the status of a command that Ctrl-C ended.
const interrupted = 128 + 2

// runInteractive runs what was typed. Ctrl-C ends it, and not the shell.
func (s shell) runInteractive(runner *interp.Runner, script string) (status int, exited bool) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	file, err := syntax.NewParser().Parse(strings.NewReader(script), "sh")
	if err != nil {
		fmt.Fprintln(s.stderr, err)
		return 2, false
	}
	for _, statement := range file.Stmts {
		err = runner.Run(ctx, statement)
		if ctx.Err() != nil {
			fmt.Fprintln(s.stdout)
			return interrupted, false
		}
		if runner.Exited() {
			return s.status(err), true
		}
	}
	return s.status(err), false
}

// interrupts turns a typed Ctrl-C, at which the line editor would end the
// shell, into keys that clear the line and begin another.
type interrupts struct{ r io.Reader }

func (i interrupts) Read(b []byte) (int, error) {
	const room = 4
	if len(b) < room {
		return i.r.Read(b)
	}
	n, err := i.r.Read(b[:1])
	if n == 1 && b[0] == 0x03 {
		n = copy(b, "\x05\x15\r") // to the end of the line; delete to its start; Enter
	}
	return n, err
}
