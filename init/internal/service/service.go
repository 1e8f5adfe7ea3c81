//go:build linux

package service

import (
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// Service is a member of a set.
type Service struct {
	Unit
	set   *Set
	state status
	check check         // nil for none
	said  atomic.Bool   // it said READY=1
	pings atomic.Bool   // it says WATCHDOG=1
	there chan struct{} // closed once what is after it may start
	now   chan struct{} // takes that a timer is to run now

	substitute atomic.Pointer[Substitute] // runs in the place of its program, if not nil
	trial      atomic.Pointer[trial]

	denied    atomic.Bool // its output says that it was
	explained bool        // to the journal

	mu   sync.Mutex
	stop chan string   // takes the cause for which the service is to stop
	done chan struct{} // closed when it is supervised no more; nil before the first start
}

// End is how a service ended for good.
type End struct {
	Service *Service
	// Cause is a sentence about it, "the program has ended".
	Cause string
	// Action is what its crash loop does to the machine (config.ActionReboot or
	// config.ActionHalt), empty if the service has ended well.
	Action string
}

// newService returns a service that was never started.
func newService(u Unit, set *Set) *Service {
	return &Service{Unit: u, set: set, there: make(chan struct{}), now: make(chan struct{}, 1)}
}

// State is what is known of the service now.
func (s *Service) State() State {
	state := s.state.get()
	if n := s.substitute.Load(); n != nil {
		state.Substitute, state.ReplacedBy, state.Replaced = n.program.SHA256, n.by, n.since
	}
	return state
}

// Start starts the service, once those that it is after are there, and keeps it
// running. A timer that waits until it is due runs now. It does nothing for one that
// is kept running already, nor once the set was stopped.
func (s *Service) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set.stopped() {
		return
	}
	if s.done != nil {
		select {
		case <-s.done:
		default:
			s.runNow()
			return
		}
	}
	stop, done := make(chan string, 1), make(chan struct{})
	s.stop, s.done = stop, done
	go func() {
		defer close(done)
		report.Lasting(s.set.journal, s.Name, func() {
			s.killLeftover()
			if !s.awaitTurn(stop) {
				return
			}
			if end := s.supervise(stop); end != nil {
				s.set.tell(*end)
			}
		})
	}()
}

// Stop stops the service, and waits until it has ended. The cause is shown.
func (s *Service) Stop(cause string) {
	s.mu.Lock()
	stop, done := s.stop, s.done
	s.mu.Unlock()
	select {
	case <-done:
		return
	default:
	}
	if done == nil {
		return
	}
	select {
	case stop <- cause:
	default: // somebody else was faster
	}
	<-done
	s.state.phase(Stopped)
}

// Restart stops the service and starts it again.
func (s *Service) Restart(cause string) {
	s.Stop(cause)
	s.Start()
}

// supervise runs the program as the service's kind has it, until the service is to
// stop, with nil, or has ended for good.
func (s *Service) supervise(stop <-chan string) *End {
	if !s.usable() {
		return nil
	}
	switch s.Kind {
	case config.KindOneshot:
		return s.runOnce(stop)
	case config.KindTimer:
		return s.runOnTime(stop)
	}
	return s.keepRunning(stop)
}

// usable reports what keeps the service from being started: what a layer of the
// configuration may have said wrong.
func (s *Service) usable() bool {
	if s.Name == Main {
		return true
	}
	problems := s.Problems(s.Name)
	if s.Path == "" {
		problems = append(problems, errors.Errorf("%s is missing", s.key("path")))
	}
	for _, problem := range problems {
		s.report(fmt.Errorf("not started: %w", problem))
	}
	if len(problems) > 0 {
		s.state.phase(Failed)
	}
	return len(problems) == 0
}

// keepRunning runs the program, again whenever it fails.
func (s *Service) keepRunning(stop <-chan string) *End {
	longest, err := config.Duration(s.key("restart_delay"), s.RestartDelay, config.DefaultRestartDelay)
	if err != nil {
		s.report(err)
	}
	delay := backoff{longest: longest}
	crashes, onLoop := s.crashLoop()
	for {
		started := s.set.kernel.Uptime()
		stopped, err := s.run(stop)
		if stopped {
			return nil
		}
		if s.failsTrial(err) {
			continue
		}
		if err == nil {
			s.state.ended("exit status 0", Ended)
			return &End{Service: s, Cause: s.title() + " has ended"}
		}
		s.state.ended(err.Error(), Failed)
		s.explainDenial()
		now := s.set.kernel.Uptime()
		if crashes.loop(now) {
			s.report(err)
			return &onLoop
		}
		wait := delay.next(now - started)
		s.report(fmt.Errorf("%w; starting it again in %s", err, wait.Round(time.Millisecond)))
		s.state.phase("waits to be started again")
		select {
		case <-stop:
			return nil
		case <-s.set.kernel.After(wait):
		}
	}
}

// crashLoop is what the configuration says of it.
func (s *Service) crashLoop() (crashes, End) {
	c := s.CrashLoop
	window := time.Duration(c.Window) * time.Second
	if window == 0 {
		window = config.DefaultCrashWindow * time.Second
	}
	end := End{Service: s, Cause: fmt.Sprintf("%s failed %d times within %s", s.title(), c.Failures, window), Action: c.Action}
	switch c.Action {
	case "":
		end.Action = config.ActionReboot
	case config.ActionReboot, config.ActionHalt:
	default:
		s.report(errors.Errorf("starting it again for ever, as there is no action %q at a crash loop but %q and %q",
			c.Action, config.ActionReboot, config.ActionHalt))
		return crashes{}, End{}
	}
	return crashes{limit: c.Failures, window: window}, end
}

func (s *Service) report(err error) { s.set.journal.Report(s.Name, err) }

// killLeftover kills the process of a supervision that has panicked.
func (s *Service) killLeftover() {
	if pid := s.state.get().PID; pid != 0 {
		_ = s.set.kernel.Kill(-pid, syscall.SIGKILL)
	}
}
