package supervise

import (
	"sync"
	"time"
)

// State is what is known of the program. Times are since the kernel started.
type State struct {
	// PID is the program's process, 0 while it does not run.
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
}

// Status keeps the State. Its zero value is that of a program which was never
// started; it may be used by several goroutines at once.
type Status struct {
	mu     sync.Mutex
	state  State
	starts int
}

// Get returns what is known now.
func (s *Status) Get() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Started says that the program runs as a process.
func (s *Status) Started(pid int, now time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.PID, s.state.Started, s.state.Ready, s.state.Worked = pid, now, 0, now
	s.state.Restarts = s.starts
	s.starts++
}

// Works says that the program works, and tells whether that is new.
func (s *Status) Works(now time.Duration) (ready bool) {
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

// Ended says how the program ended.
func (s *Status) Ended(how string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.PID, s.state.Ready, s.state.LastExit = 0, 0, how
}

// Silent is for how long a program that runs has not shown that it works, 0 if
// none runs: what becomes of that is the crash loop's business.
func (s *Status) Silent(now time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.PID == 0 {
		return 0
	}
	return now - s.state.Worked
}
