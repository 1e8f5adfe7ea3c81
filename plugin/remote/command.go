package remote

import (
	"context"
	"io"
	"os"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"
	"golang.org/x/term"
)

// Streams are what a command of a machine reads and writes here.
type Streams struct {
	In       io.Reader // nil for nothing
	Out, Err io.Writer
}

// Run runs a command line, and returns its exit status. It fails if the machine is lost,
// and ends with ctx.
func Run(ctx context.Context, client *ssh.Client, line string, s Streams) (status int, err error) {
	session, err := open(client, s)
	if err != nil {
		return 0, err
	}
	defer session.Close()
	return await(ctx, session, func() error { return session.Run(line) })
}

// Shell runs a shell, or a command line if there is one, as in the terminal that a file is,
// which is raw until it ends: keys such as Ctrl-C are the shell's. Where the file is no
// terminal, it is as without one.
func Shell(ctx context.Context, client *ssh.Client, terminal *os.File, line string, s Streams) (status int, err error) {
	session, err := open(client, s)
	if err != nil {
		return 0, err
	}
	defer session.Close()
	if fd := int(terminal.Fd()); term.IsTerminal(fd) {
		restore, err := attach(session, fd)
		if err != nil {
			return 0, err
		}
		defer restore()
	}
	return await(ctx, session, func() error {
		if line != "" {
			return session.Run(line)
		}
		if err := session.Shell(); err != nil {
			return err
		}
		return session.Wait()
	})
}

func open(client *ssh.Client, s Streams) (*ssh.Session, error) {
	session, err := client.NewSession()
	if err != nil {
		return nil, errors.Wrap(err, "opening an SSH session")
	}
	session.Stdout, session.Stderr = s.Out, s.Err
	if s.In == nil {
		return session, nil
	}
	// Not as session.Stdin: it would wait for the end of what nobody reads any more.
	in, err := session.StdinPipe()
	if err != nil {
		_ = session.Close()
		return nil, errors.Wrap(err, "opening an SSH session")
	}
	go func() {
		_, _ = io.Copy(in, s.In)
		_ = in.Close()
	}()
	return session, nil
}

// attach makes a terminal the session's, and it raw.
func attach(session *ssh.Session, fd int) (restore func(), err error) {
	width, height, err := term.GetSize(fd)
	if err != nil {
		return nil, errors.Wrap(err, "reading the terminal's size")
	}
	name := os.Getenv("TERM")
	if name == "" {
		name = "xterm"
	}
	if err := session.RequestPty(name, height, width, ssh.TerminalModes{}); err != nil {
		return nil, errors.Wrap(err, "asking for a terminal")
	}
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, errors.Wrap(err, "setting the terminal")
	}
	stop := follow(func() {
		if width, height, err := term.GetSize(fd); err == nil {
			_ = session.WindowChange(height, width)
		}
	})
	return func() {
		stop()
		_ = term.Restore(fd, before)
	}, nil
}

// await runs a session's command until it ends, or ctx.
func await(ctx context.Context, session *ssh.Session, run func() error) (int, error) {
	stop := context.AfterFunc(ctx, func() { _ = session.Close() })
	defer stop()
	err := run()
	var exit *ssh.ExitError
	var missing *ssh.ExitMissingError
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.As(err, &exit):
		return exit.ExitStatus(), nil
	case errors.As(err, &missing):
		return 0, errors.New("the connection to the machine was lost")
	}
	return 0, err
}
