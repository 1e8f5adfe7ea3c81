//go:build linux

package service

import (
	"cmp"
	"context"
	"syscall"
	"time"

	"github.com/pkg/errors"
)

const (
	// stopTime is what a program has to end itself.
	stopTime = 10 * time.Second
	// dumpTime is what a program that hangs has to say where: a Go program
	// shows its goroutines at SIGQUIT.
	dumpTime = 2 * time.Second
	// drainTime is what the last output of a program that has ended may take.
	drainTime = 200 * time.Millisecond
)

// run runs the program once. stopped says that it was asked to stop and has ended.
// Otherwise err is how it ended, nil for well.
func (s *Service) run(stop <-chan string) (stopped bool, err error) {
	s.said.Store(false)
	s.pings.Store(false)
	kills := s.oomKills()
	p, err := s.start()
	if err != nil {
		return false, err
	}
	kernel := s.set.kernel
	s.state.started(p.pid, kernel.Uptime())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ill := s.watch(ctx)
	var hung error
	var dumped <-chan time.Time
	for {
		select {
		case status := <-p.status:
			s.drain(p)
			_ = kernel.Kill(-p.pid, syscall.SIGKILL) // what it left behind
			if hung != nil {
				return false, hung
			}
			return false, s.exitCause(p.pid, status, kills)
		case hung = <-ill:
			_ = kernel.Kill(p.pid, syscall.SIGQUIT)
			dumped = kernel.After(dumpTime)
		case <-dumped:
			_ = kernel.Kill(-p.pid, syscall.SIGKILL)
		case cause := <-stop:
			s.set.journal.Printf("machine: %s: stopping %s", cause, s.title())
			s.end(p)
			s.drain(p)
			return true, nil
		}
	}
}

// end asks the program to end, and makes it.
func (s *Service) end(p process) {
	_ = s.set.kernel.Kill(p.pid, syscall.Signal(cmp.Or(s.StopSignal, int(syscall.SIGTERM))))
	select {
	case status := <-p.status:
		err := exitError(status)
		if err != nil {
			s.report(err)
			s.state.ended(err.Error(), Stopped)
			return
		}
		s.state.ended("exit status 0", Stopped)
	case <-s.set.kernel.After(stopTime):
		s.report(errors.Errorf("it did not end within %s: killing it", stopTime))
		_ = s.set.kernel.Kill(-p.pid, syscall.SIGKILL)
		s.state.ended("killed, as it did not end within "+stopTime.String(), Stopped)
	}
}

// drain lets the last lines of a program come before what is said of its end.
func (s *Service) drain(p process) {
	select {
	case <-p.output:
	case <-s.set.kernel.After(drainTime): // its children may go on
	}
}
