// Package logline defines the lines of a machine's log. Each has a severity.
package logline

import (
	"strings"
	"time"
)

// Severity is how much a line matters, from 0, the most severe, to 7 (RFC 5424, 6.2.1;
// the kernel and sd-daemon(3) use the same numbers).
type Severity int

// The severities, from the most to the least severe.
const (
	Emergency Severity = iota
	Alert
	Critical
	Error
	Warning
	Notice
	Info
	Debug
)

// Line is one line of the log.
type Line struct {
	// Time is when the line came, by the clock of that moment: see At.
	Time     time.Time
	Severity Severity
	// Source is the line's origin: "kernel", "machine" or the name of a service.
	Source string
	// Text is the line without its line end and without the prefix for its severity.
	Text string
}

// At returns when the line came, by the clock as it is now. If the clock was set since
// then, perhaps by years, lines from before still get the right time.
func (l Line) At(now time.Time) time.Time {
	return now.Add(-now.Sub(l.Time)).Round(0)
}

// names returns the severities' names, as in a configuration and in the kernel
// (include/linux/kern_levels.h).
func names() []string {
	return []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
}

func (s Severity) String() string {
	if s < Emergency || s > Debug {
		return "unknown"
	}
	return names()[s]
}

// ByName returns the severity with a name, such as "warning". It accepts slog's names,
// "warn" and "error", too.
func ByName(name string) (Severity, bool) {
	switch strings.ToLower(name) {
	case "warn":
		return Warning, true
	case "error":
		return Error, true
	}
	for i, n := range names() {
		if n == strings.ToLower(name) {
			return Severity(i), true
		}
	}
	return Info, false
}
