//go:build linux

package service

import (
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// clockPatience is how long a timer that goes by the clock waits for a time server.
const clockPatience = time.Minute

// result is how a run has ended.
type result struct {
	stopped bool // it was asked to
	err     error
}

// runOnTime runs the program whenever it is due, but never twice at once.
func (s *Service) runOnTime(stop <-chan string) *End {
	schedule, err := config.ParseSchedule(s.Every)
	if err != nil {
		s.report(err)
		return nil
	}
	if schedule.Interval == 0 && !s.awaitClock(stop) {
		return nil
	}
	crashes, onLoop := s.crashLoop()
	alarm := newAlarm(s.set.kernel, schedule)
	stopRun := make(chan string, 1)
	var running chan result // nil while it does not run
	skipped := false
	for {
		wait := alarm.wait()
		if wait <= 0 {
			alarm.advance()
			switch {
			case running == nil:
				running, skipped = s.startRun(stopRun), false
			case !skipped:
				skipped = true
				s.set.journal.Printf("machine: %s: it is due, but still runs: skipping this time, and every one until it has ended", s.Name)
			}
			continue
		}
		if running == nil {
			s.state.phase("due at " + s.set.kernel.Clock.Now().Add(wait).UTC().Format(time.RFC3339))
		}
		select {
		case <-s.set.kernel.After(min(wait, longestSleep)):
		case <-s.now:
			if running == nil {
				running, skipped = s.startRun(stopRun), false
			}
		case r := <-running:
			running = nil
			if s.runEnded(r) && crashes.loop(s.set.kernel.Uptime()) {
				return &onLoop
			}
		case cause := <-stop:
			if running != nil {
				stopRun <- cause
				<-running
			}
			return nil
		}
	}
}

// startRun runs the program in the background.
func (s *Service) startRun(stop <-chan string) chan result {
	ended := make(chan result, 1)
	report.Go(s.set.journal, s.Name, func() {
		s.killLeftover()
		stopped, err := s.run(stop)
		ended <- result{stopped, err}
	})
	return ended
}

// runEnded takes what became of a run, and reports whether it has failed.
func (s *Service) runEnded(r result) bool {
	if r.err == nil {
		s.state.ended("exit status 0", Ended)
		return false
	}
	s.state.ended(r.err.Error(), Failed)
	s.report(r.err)
	s.explainDenial()
	return true
}

// runNow has a timer run before it is due.
func (s *Service) runNow() {
	if s.Kind != config.KindTimer {
		return
	}
	select {
	case s.now <- struct{}{}:
	default:
	}
}

// awaitClock waits until the clock is right, and reports whether the service may go on.
func (s *Service) awaitClock(stop <-chan string) bool {
	s.state.phase("waits for the clock to be set")
	select {
	case <-s.set.around.ClockSet:
	case <-s.set.kernel.After(clockPatience):
		s.set.journal.Printf("machine: %s: no time server has set the clock for %s: going by it as it is", s.Name, clockPatience)
	case <-stop:
		return false
	}
	return true
}
