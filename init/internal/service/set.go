//go:build linux

// Package service runs the machine's programs: each is a service that is started,
// checked, restarted and stopped, and all of them are a set with an order. What
// enters here is what becomes of a process, never what the machine does then.
package service

import (
	"io"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// Journal is where services report, and where their output goes.
type Journal interface {
	report.Reporter
	// Copy logs the lines of a service's output until it ends.
	Copy(service string, output io.Reader)
}

// Surroundings are what the machine gives to all of its services.
type Surroundings struct {
	// Env are the entries of the environment that every service has.
	Env []string
	// Watchdog resets a machine whose main program is ill: it is then reported, and
	// left alone.
	Watchdog bool
	// ClockSet is closed once the clock is as right as it will be.
	ClockSet <-chan struct{}
}

// Set is the machine's services.
type Set struct {
	kernel  *kernelapi.Kernel
	journal Journal
	reaper  *Reaper
	around  Surroundings
	members []*Service
	ended   chan End
	ending  chan struct{} // closed when all services are to stop
	// available is the memory for all of them, in bytes; 0 if it is not known.
	available int64

	replacing chan struct{} // has one while a member's program is replaced
}

// NewSet returns a set without members. Their processes are children that the
// reaper waits for.
func NewSet(k *kernelapi.Kernel, j Journal, r *Reaper, around Surroundings) *Set {
	return &Set{kernel: k, journal: j, reaper: r, around: around, ended: make(chan End), ending: make(chan struct{}), replacing: make(chan struct{}, 1)}
}

// Add makes a service the last member. A check that cannot be made is an error;
// the service is a member all the same, and is taken to work while it runs.
func (s *Set) Add(u Unit) (*Service, error) {
	member := newService(u, s)
	s.members = append(s.members, member)
	return member, member.prepareCheck()
}

// LeaveToWatchdog says that the machine has a watchdog, before the first start.
func (s *Set) LeaveToWatchdog() { s.around.Watchdog = true }

// The limits on open files: programs that know better raise theirs.
const softFiles, hardFiles = 1 << 16, 1 << 19

// Start starts all members in their order. Each waits for those that it is after.
func (s *Set) Start() {
	limit := unix.Rlimit{Cur: softFiles, Max: hardFiles}
	if err := s.kernel.SetLimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		s.journal.Report("services", errors.Wrap(err, "raising the limit on open files"))
	}
	s.available, _ = s.kernel.MemInfo("MemAvailable")
	for _, member := range s.members {
		member.Start()
	}
}

// Stop stops all members in the reverse order, and waits until they have ended. None
// is started after that.
func (s *Set) Stop(cause string) {
	close(s.ending)
	for _, member := range slices.Backward(s.members) {
		member.Stop(cause)
	}
}

// stopped reports whether all members are to stop.
func (s *Set) stopped() bool {
	select {
	case <-s.ending:
		return true
	default:
		return false
	}
}

// tell tells of a service that has ended, unless nobody wants to know any more.
func (s *Set) tell(e End) {
	select {
	case s.ended <- e:
	case <-s.ending:
	}
}

// behind names the services that cannot start without one, as they are after it, or
// after one that is.
func (s *Set) behind(first *Service) string {
	names := []string{first.Name}
	for _, member := range s.members {
		waits := func(name string) bool { return slices.Contains(names, name) }
		if slices.ContainsFunc(member.After, waits) {
			names = append(names, member.Name)
		}
	}
	return strings.Join(names[1:], ", ")
}

// Members are in the order of their start.
func (s *Set) Members() []*Service { return s.members }

// Member returns the service with a name, nil if there is none.
func (s *Set) Member(name string) *Service {
	for _, member := range s.members {
		if member.Name == name {
			return member
		}
	}
	return nil
}

// Ended tells of each service that has ended for good without having been stopped.
func (s *Set) Ended() <-chan End { return s.ended }

// Ill reports whether the main program runs, and has not worked for longer than its
// check allows.
func (s *Set) Ill() bool {
	main := s.Member(Main)
	return main != nil && main.ill()
}
