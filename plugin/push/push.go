// Package push gives a service of a running machine another program, over SSH. The
// machine's end is init/machine/debug, and what they say to each other is in
// init/config/replacement.
package push

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/replacement"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// Session is one in which a machine waits for a program. It is good for one.
type Session struct {
	// Machine is what the machine says of itself.
	Machine replacement.Greeting

	ssh *ssh.Session
	in  *bufio.Reader
	out io.WriteCloser
}

// Options are what there is to say of a push.
type Options struct {
	// Service is the one that is to run the program; "app" is the main program.
	Service string
	// Step is called after each step of the machine's (replacement.Received and so on),
	// nil for nobody.
	Step func(step string)
}

// Result is how a push ended.
type Result struct {
	// Outcome is replacement.Replaced or replacement.RolledBack.
	Outcome replacement.Outcome
	// Message says why it was rolled back, or what the new program waits for.
	Message string
	// Old and New are the last lines that the two programs wrote to the log.
	Old, New []string
}

// Push sends a program, and waits until the service runs it or the old one again. It
// fails if nothing was replaced: the link is lost, or the machine refuses the program.
func Push(ctx context.Context, client *ssh.Client, image content.Content, o Options) (Result, error) {
	s, err := Open(ctx, client)
	if err != nil {
		return Result{}, err
	}
	defer s.Close()
	return s.Push(ctx, image, o)
}

// Open begins a session, which Close ends.
func Open(ctx context.Context, client *ssh.Client) (*Session, error) {
	session, err := client.NewSession()
	if err != nil {
		return nil, errors.Wrap(err, "opening an SSH session")
	}
	s := &Session{ssh: session}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Session) open(ctx context.Context) error {
	defer s.endWith(ctx)()
	var err error
	if s.out, err = s.ssh.StdinPipe(); err != nil {
		return err
	}
	in, err := s.ssh.StdoutPipe()
	if err != nil {
		return err
	}
	s.in = bufio.NewReader(in)
	if err := s.ssh.RequestSubsystem(replacement.Subsystem); err != nil {
		return errors.New("the machine cannot replace programs: its init is none of ours, or older than this command: bake it anew")
	}
	return errors.Wrap(because(ctx, replacement.Read(s.in, &s.Machine)), "reading the machine's greeting")
}

// Close ends the session.
func (s *Session) Close() { _ = s.ssh.Close() }

// endWith has the session end with ctx, until what it returns is called.
func (s *Session) endWith(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = s.ssh.Close() })
}

// Push sends the program, and waits for the outcome.
func (s *Session) Push(ctx context.Context, image content.Content, o Options) (Result, error) {
	defer s.endWith(ctx)()
	sum := sha256.New()
	if err := content.Copy(ctx, sum, image); err != nil {
		return Result{}, errors.Wrap(err, "reading the program")
	}
	request := replacement.Request{Service: o.Service, Size: image.Size(), SHA256: hex.EncodeToString(sum.Sum(nil))}
	sent := make(chan error, 1)
	go func() { sent <- s.send(ctx, request, image) }()
	result, err := s.outcome(o)
	if err == nil {
		return result, nil
	}
	var refused refusal
	if errors.As(err, &refused) {
		return Result{}, err
	}
	s.Close()
	if failed := <-sent; failed != nil && failed != io.EOF {
		err = failed
	}
	return Result{}, errors.Wrap(because(ctx, err), "the link to the machine was lost, and the old program runs on unless the new one was there already")
}

func (s *Session) send(ctx context.Context, request replacement.Request, image content.Content) error {
	if err := replacement.Write(s.out, request); err != nil {
		return err
	}
	if err := content.Copy(ctx, s.out, image); err != nil {
		return err
	}
	return s.out.Close()
}

// refusal is why a machine does not take a program.
type refusal string

func (r refusal) Error() string { return string(r) }

// outcome reads what the machine says, up to the last.
func (s *Session) outcome(o Options) (Result, error) {
	for {
		var r replacement.Report
		if err := replacement.Read(s.in, &r); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return Result{}, err
		}
		switch {
		case r.Outcome == replacement.Refused:
			return Result{}, refusal(r.Message)
		case r.Outcome != "":
			return Result{r.Outcome, r.Message, r.Old, r.New}, nil
		case o.Step != nil:
			o.Step(r.Step)
		}
	}
}

// because is why ctx ended where it has, and err otherwise.
func because(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// String says it in lines: the outcome, and what the programs wrote if it was rolled
// back.
func (r Result) String() string {
	var text strings.Builder
	text.WriteString(string(r.Outcome))
	if r.Message != "" {
		text.WriteString(": " + r.Message)
	}
	if r.Outcome == replacement.RolledBack {
		for _, part := range []struct {
			title string
			lines []string
		}{{"The old program", r.Old}, {"The new program", r.New}} {
			text.WriteString("\n" + part.title + ":")
			for _, line := range part.lines {
				text.WriteString("\n  " + line)
			}
		}
	}
	return text.String()
}
