//go:build linux

package service

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/service/incoming"
)

// turnTime is how long one who wants to replace a program waits for another to be done.
const turnTime = 5 * time.Second

// trialTime is how long a new program without a check must run to be taken for well.
const trialTime = time.Second

// Substitute is a program that is to run in the place of a service's until the machine
// ends. There is one at a time.
type Substitute struct {
	service *Service
	by      string
	program incoming.Program
	path    string        // of its executable; empty until it is in the machine
	since   time.Duration // when it was put in its place, since the kernel started
}

// Substitute lets somebody put another program in the place of a member's. It fails
// if somebody else does so, and is not done within turnTime. The caller must call Close.
func (s *Set) Substitute(name, by string) (*Substitute, error) {
	member := s.Member(name)
	if member == nil {
		return nil, errors.Errorf("there is no service %q", name)
	}
	select {
	case s.replacing <- struct{}{}:
		return &Substitute{service: member, by: by}, nil
	case <-s.kernel.After(turnTime):
		return nil, errors.New("somebody else replaces a program in this machine: try again when that is done")
	}
}

// Close removes the program unless it has taken its place, and lets others replace
// programs.
func (n *Substitute) Close() {
	s := n.service
	if n.path != "" && s.substitute.Load() != n {
		_ = os.Remove(n.path)
	}
	<-s.set.replacing
}

// Receive takes the program from r. sum is its SHA-256 in hexadecimal digits.
func (n *Substitute) Receive(r io.Reader, size int64, sum string) (err error) {
	n.program = incoming.Program{Name: n.service.Name, Size: size, SHA256: sum}
	n.path, err = n.program.Receive(n.service.set.kernel, r)
	return err
}

// Run stops the old program and starts the new one. The error says why that failed on its
// trial: the old one is then started again. waits says what the new program waits for, if
// it has no trial. It calls stopped when the old program has ended, and failed when the
// new one has: they must not block.
func (n *Substitute) Run(stopped, failed func()) (waits string, err error) {
	s := n.service
	s.Stop("replaced by " + n.by)
	stopped()
	n.since = s.set.kernel.Uptime()
	before := s.substitute.Swap(n)
	t := &trial{verdict: make(chan error, 1), failed: func() {
		s.substitute.Store(before)
		failed()
	}}
	if waits = s.delays(); waits != "" {
		t.decide(nil)
	}
	s.trial.Store(t)
	defer s.trial.Store(nil)
	s.Start()
	if err := s.await(t); err != nil {
		return "", err
	}
	if before != nil {
		_ = os.Remove(before.path)
	}
	s.set.journal.Printf("machine: %s: runs another program, of %d bytes with SHA-256 %.12s, by %s", s.Name, n.program.Size, n.program.SHA256, n.by)
	return waits, nil
}

// delays says what a service waits for that does not run at once.
func (s *Service) delays() string {
	for _, name := range s.After {
		if other := s.set.Member(name); other == nil || !other.wasThere() {
			return "it waits for " + name
		}
	}
	if s.Kind == config.KindTimer {
		return "it runs when it is due"
	}
	return ""
}

// await waits for the verdict on a new program.
func (s *Service) await(t *trial) error {
	s.mu.Lock()
	done := s.done
	s.mu.Unlock()
	var well <-chan time.Time
	if s.check == nil && s.Kind != config.KindOneshot {
		well = s.set.kernel.After(trialTime)
	}
	for {
		select {
		case err := <-t.verdict:
			return err
		case <-well:
			t.decide(nil)
		case <-done: // stopped by others, unless it has decided
			t.fail(errors.New("it was stopped before it had shown that it works"))
		}
	}
}

// trial is the time in which a new program is to show that it works. A nil one is over.
type trial struct {
	failed func()

	mu      sync.Mutex
	decided bool
	verdict chan error // takes one
}

// decide ends the trial, and reports whether it was not over before.
func (t *trial) decide(err error) bool {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.decided {
		return false
	}
	t.decided = true
	if err != nil {
		t.failed()
	}
	t.verdict <- err
	return true
}

// goesOn reports whether the trial is not over.
func (t *trial) goesOn() bool {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.decided
}

// fail ends the trial of a program that has ended, and reports whether it was one.
func (t *trial) fail(err error) bool {
	if err == nil {
		err = errors.New("it ended with exit status 0")
	}
	return t.decide(err)
}

// failsTrial reports whether a program that has ended was on its trial: the old one is
// to be started again.
func (s *Service) failsTrial(err error) bool {
	if !s.trial.Load().fail(err) {
		return false
	}
	s.report(fmt.Errorf("the new program failed: %w; starting the old one again", orEnded(err)))
	return true
}

func orEnded(err error) error {
	if err == nil {
		return errors.New("it ended with exit status 0")
	}
	return err
}

// executable is the path of what is run.
func (s *Service) executable() string {
	if n := s.substitute.Load(); n != nil {
		return n.path
	}
	return s.Path
}
