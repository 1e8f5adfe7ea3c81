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
	check check       // nil for none
	pings atomic.Bool // it says WATCHDOG=1

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

// State is what is known of the service now.
func (s *Service) State() State { return s.state.get() }

// Start starts the service and keeps it running. It does nothing for one that is
// kept running already.
func (s *Service) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done != nil {
		select {
		case <-s.done:
		default:
			return
		}
	}
	stop, done := make(chan string, 1), make(chan struct{})
	s.stop, s.done = stop, done
	go func() {
		defer close(done)
		report.Lasting(s.set.journal, s.Name, func() {
			s.killLeftover()
			if end := s.supervise(stop); end != nil {
				s.set.ended <- *end
			}
		})
	}()
}

// Stop stops the service, and waits until it has ended. The cause is shown.
func (s *Service) Stop(cause string) {
	s.mu.Lock()
	stop, done := s.stop, s.done
	s.mu.Unlock()
	if done == nil {
		return
	}
	select {
	case stop <- cause:
	default: // somebody else was faster
	}
	<-done
}

// Restart stops the service and starts it again.
func (s *Service) Restart(cause string) {
	s.Stop(cause)
	s.Start()
}

// supervise runs the program, again whenever it fails, until the service is to
// stop, with nil, or has ended for good.
func (s *Service) supervise(stop <-chan string) *End {
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
		if err == nil {
			s.state.ended("exit status 0")
			return &End{Service: s, Cause: s.title() + " has ended"}
		}
		s.state.ended(err.Error())
		s.explainDenial()
		now := s.set.kernel.Uptime()
		if crashes.loop(now) {
			s.report(err)
			return &onLoop
		}
		wait := delay.next(now - started)
		s.report(fmt.Errorf("%w; starting it again in %s", err, wait.Round(time.Millisecond)))
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
