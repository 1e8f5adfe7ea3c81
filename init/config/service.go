package config

import (
	"fmt"
	"strings"
)

// Main is the name of the main program, Config.Program, among the services.
const Main = "app"

// Service is a program that runs beside the main program. Its name is its key in
// Config.Services: 1 to 32 lower-case letters, digits and hyphens.
type Service struct {
	Program
	// Kind is KindSimple (or empty), KindOneshot or KindTimer.
	Kind string `json:"kind,omitempty"`
	// After are the names of services that this one waits for. A simple service must
	// have been started and, if it has a check, have passed it. A oneshot must have
	// ended with status 0. Before is the same from the other side: the named services
	// wait for this one.
	After  []string `json:"after,omitempty"`
	Before []string `json:"before,omitempty"`
	// Every says when a timer runs: an interval such as "1h", or the five fields of a
	// line of crontab(5), "30 4 * * *", in the machine's time zone.
	Every string `json:"every,omitempty"`
}

// The kinds of services.
const (
	// KindSimple keeps running: it is restarted whenever it fails.
	KindSimple = "simple"
	// KindOneshot runs once, when the machine starts. If it fails, the services that
	// wait for it do not start.
	KindOneshot = "oneshot"
	// KindTimer runs whenever it is due.
	KindTimer = "timer"
)

// taken are names that have another meaning, in the log or in passwd(5).
var taken = map[string]string{
	Main: "the main program", "machine": "the machine itself", "kernel": "the kernel", "root": "a user", "nobody": "a user",
}

// Problems returns the errors in a service with this name. Each error names the option.
func (s Service) Problems(name string) []error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !isServiceName(name) {
		fail("name must be 1 to 32 small letters, digits and -, a letter first, not %q", name)
	}
	if is := taken[name]; is != "" {
		fail("name: %s is %s: choose another", name, is)
	}
	switch s.Kind {
	case "", KindSimple:
	case KindOneshot, KindTimer:
		if s.Program.Check != "" {
			fail("check is for a service that goes on running: a %s has worked if it ends with status 0", s.Kind)
		}
		if s.RestartDelay != "" {
			fail("restart_delay is for a service that goes on running: a %s that fails is not started again", s.Kind)
		}
	default:
		fail("kind must be %s, %s or %s, not %q", KindSimple, KindOneshot, KindTimer, s.Kind)
	}
	if s.Kind == KindTimer {
		if _, err := ParseSchedule(s.Every); err != nil {
			errs = append(errs, err)
		}
	} else if s.Every != "" {
		fail("every needs kind = %q", KindTimer)
	}
	return errs
}

func isServiceName(name string) bool {
	const letters, more = "abcdefghijklmnopqrstuvwxyz", "0123456789-"
	return name != "" && len(name) <= 32 && strings.Contains(letters, name[:1]) && strings.Trim(name, letters+more) == ""
}
