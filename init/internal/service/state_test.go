//go:build linux

package service

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	b := backoff{longest: 30 * time.Second}
	within := func(got, want time.Duration) {
		t.Helper()
		if got < want*9/10 || got > want*11/10 {
			t.Errorf("%s, want %s and a tenth more or less", got, want)
		}
	}
	for _, want := range []time.Duration{100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000} {
		within(b.next(time.Second), want*time.Millisecond)
	}
	for range 1000 {
		within(b.next(time.Second), b.longest)
	}
	within(b.next(ranWell), firstDelay)

	b = backoff{longest: 20 * time.Millisecond} // shorter than the first
	within(b.next(time.Second), b.longest)
	if wait := new(backoff).next(0); wait != 0 {
		t.Errorf("without a delay it is %s", wait)
	}
}

func TestCrashes(t *testing.T) {
	tests := []struct {
		name   string
		limit  int
		window time.Duration
		times  []time.Duration
		loops  string // one letter for each failure
	}{
		{"no limit", 0, time.Hour, []time.Duration{1, 2, 3}, "---"},
		{"one is enough", 1, time.Second, []time.Duration{5}, "x"},
		{"within", 3, 10, []time.Duration{1, 5, 11}, "--x"},
		{"too slow, then within", 3, 10, []time.Duration{0, 5, 11, 12, 30, 31}, "---x--"},
		{"each further one", 2, 10, []time.Duration{1, 2, 3}, "-xx"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := crashes{limit: test.limit, window: test.window}
			got := ""
			for _, now := range test.times {
				if c.loop(now) {
					got += "x"
				} else {
					got += "-"
				}
			}
			if got != test.loops {
				t.Errorf("%s, want %s", got, test.loops)
			}
		})
	}
}

func TestState(t *testing.T) {
	var s status
	if s.works(1) || s.silent(9) != 0 {
		t.Error("a program that never started works, or is silent")
	}
	s.started(7, 10)
	if s.silent(15) != 5 {
		t.Errorf("silent for %d, want 5", s.silent(15))
	}
	if !s.works(20) || s.works(21) {
		t.Error("it becomes ready once, the first time that it works")
	}
	if got, want := s.get(), (State{PID: 7, Started: 10, Ready: 20, Worked: 21, Phase: Running}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	s.ended("exit status 3", Failed)
	if s.works(30) || s.silent(99) != 0 {
		t.Error("a program that has ended works, or is silent")
	}
	s.started(8, 40)
	if got, want := s.get(), (State{PID: 8, Started: 40, Worked: 40, Restarts: 1, LastExit: "exit status 3", Phase: Running}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
