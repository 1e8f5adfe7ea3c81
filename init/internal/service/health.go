//go:build linux

package service

import (
	"context"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/service/notify"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/service/probe"
)

// check asks once whether a service works.
type check func(ctx context.Context) error

const (
	// checkNotify is the check of a program that says itself how it is: sd_notify(3).
	checkNotify = "notify"
	// The time between two checks, until the program is ready and then.
	readyInterval, checkInterval = 100 * time.Millisecond, 5 * time.Second
)

// prepareCheck makes ready how the service is checked. Without a check, or with one
// that cannot be made, the service works while it runs.
func (s *Service) prepareCheck() error {
	switch s.Check {
	case "":
	case checkNotify:
		if _, err := notify.Listen(s.set.kernel.Path(s.notifySocket()), s.heard); err != nil {
			return err
		}
		s.check = s.notified
	default:
		asked, err := probe.Parse(s.Check)
		if err != nil {
			return err
		}
		s.check = asked.Try
	}
	return nil
}

// heard takes what the program says.
func (s *Service) heard(m notify.Message) {
	if m.Watchdog {
		s.pings.Store(true)
	}
	if m.Ready || m.Watchdog {
		s.said.Store(true)
		s.works()
	}
}

// notified is the check of a program that speaks by itself. One that never said
// WATCHDOG=1 need not.
func (s *Service) notified(context.Context) error {
	switch ready := s.state.get().Ready != 0; {
	case !ready:
		return errors.New("it has not said READY=1")
	case s.pings.Load():
		return errors.New("it says WATCHDOG=1 no more")
	}
	return nil
}

// works notes that the program works.
func (s *Service) works() {
	now := s.set.kernel.Uptime()
	if !s.state.works(now) {
		return
	}
	if s.check != nil {
		s.trial.Load().decide(nil)
		s.set.journal.Printf("machine: %s: ready after %s", s.Name, (now - s.state.get().Started).Round(time.Millisecond))
	}
	if s.Kind != config.KindOneshot {
		s.isThere()
	}
}

// ill reports whether the program runs, but has not worked for too long.
func (s *Service) ill() bool {
	return s.check != nil && s.state.silent(s.set.kernel.Uptime()) > s.checkTimeout()
}

// watch checks the program until ctx ends. The channel tells that the program has
// to be ended. Where there is a watchdog, that of the main program is left to it, and
// ends the machine.
func (s *Service) watch(ctx context.Context) <-chan error {
	if s.check == nil || s.said.Load() { // a fast program speaks before its number is known
		s.works()
	}
	if s.check == nil {
		return nil
	}
	ill := make(chan error, 1)
	report.Go(s.set.journal, "check", func() {
		for reported := false; ctx.Err() == nil; {
			err := s.try(ctx)
			switch {
			case err == nil:
				s.works()
				reported = false
			case s.ill() && !reported:
				reported = true
				s.complain(errors.Wrapf(err, "it has not worked for %s", s.checkTimeout()), ill)
			}
			select {
			case <-s.set.kernel.After(s.nextCheck()):
			case <-ctx.Done():
			}
		}
	})
	return ill
}

func (s *Service) complain(err error, ill chan<- error) {
	if !s.set.around.Watchdog || s.Name != Main || s.trial.Load().goesOn() {
		ill <- err
		return
	}
	s.report(errors.Wrap(err, "leaving the machine to its watchdog"))
}

// try checks once.
func (s *Service) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, min(checkInterval, s.checkTimeout()))
	defer cancel()
	return s.check(ctx)
}

func (s *Service) nextCheck() time.Duration {
	if s.state.get().Ready == 0 {
		return readyInterval
	}
	return min(checkInterval, s.checkTimeout()/4)
}
