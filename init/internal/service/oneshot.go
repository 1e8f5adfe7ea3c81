//go:build linux

package service

import (
	"fmt"
	"time"
)

// runOnce runs the program once. If it fails, those that are after it wait on: until
// somebody starts it again, and it ends well.
func (s *Service) runOnce(stop <-chan string) *End {
	crashes, onLoop := s.crashLoop()
	started := s.set.kernel.Uptime()
	stopped, err := s.run(stop)
	if stopped {
		return nil
	}
	if err != nil && s.failsTrial(err) {
		return s.runOnce(stop)
	}
	s.trial.Load().decide(nil)
	now := s.set.kernel.Uptime()
	if err == nil {
		s.state.ended("exit status 0", Ended)
		s.set.journal.Printf("machine: %s: done after %s", s.Name, (now - started).Round(time.Millisecond))
		s.isThere()
		return nil
	}
	s.state.ended(err.Error(), Failed)
	if behind := s.set.behind(s); behind != "" && !s.wasThere() {
		err = fmt.Errorf("%w: NOT STARTING what comes after it: %s", err, behind)
	}
	s.report(err)
	s.explainDenial()
	if crashes.loop(now) {
		return &onLoop
	}
	return nil
}
