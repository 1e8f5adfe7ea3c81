//go:build linux

package service

import (
	"sync"
	"time"
)

// State is what is known of a service. Times are since the kernel started.
type State struct {
	// PID is the service's process, 0 while it does not run.
	PID int
	// Started is when that process was started.
	Started time.Duration
	// Ready is when it first showed that it works, 0 if it has not.
	Ready time.Duration
	// Worked is when it last showed that it works.
	Worked time.Duration
	// Restarts is how often it was started after the first time.
	Restarts int
	// LastExit says how it ended the last time, empty if it never has.
	LastExit string
	// Phase is what the service does: Running, Ended, Failed, Stopped, or a phrase
	// that says what it waits for. Empty before it was first started.
	Phase string
	// Substitute is the SHA-256 of the program that runs in the place of the one that was
	// baked, in hexadecimal digits. Empty if none does. ReplacedBy says whose it is, and
	// Replaced when it was put there.
	Substitute, ReplacedBy string
	Replaced               time.Duration
}

// The phases that are not phrases.
const (
	Running = "running"
	Ended   = "ended"
	Failed  = "failed"
	Stopped = "stopped"
)

// status keeps a State. Its zero value is that of a service which was never
// started. Several goroutines may use it at once.
type status struct {
	mu     sync.Mutex
	state  State
	starts int
}

// get returns what is known now.
func (s *status) get() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// started says that the program runs as a process.
func (s *status) started(pid int, now time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.PID, s.state.Started, s.state.Ready, s.state.Worked, s.state.Phase = pid, now, 0, now, Running
	s.state.Restarts = s.starts
	s.starts++
}

// works says that the program works, and reports whether that is new.
func (s *status) works(now time.Duration) (ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.PID == 0 {
		return false
	}
	ready = s.state.Ready == 0
	if ready {
		s.state.Ready = now
	}
	s.state.Worked = now
	return ready
}

// ended says how the program ended, and what the service is in then.
func (s *status) ended(how, phase string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.PID, s.state.Ready, s.state.LastExit, s.state.Phase = 0, 0, how, phase
}

// phase says what the service does.
func (s *status) phase(phase string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Phase = phase
}

// silent is for how long a program that runs has not shown that it works, 0 if
// none runs: what becomes of that is the crash loop's business.
func (s *status) silent(now time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.PID == 0 {
		return 0
	}
	return now - s.state.Worked
}
