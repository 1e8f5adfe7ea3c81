// Package logline is what a machine's log is made of: lines with a severity.
package logline

import (
	"strings"
	"time"
)

// Severity says how much a line matters, from 0, the most, to 7 (RFC 5424,
// 6.2.1; the kernel and sd-daemon(3) use the same numbers).
type Severity int

// The severities.
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
	// Time is when it came, as time.Now gives it: see At.
	Time     time.Time
	Severity Severity
	// Source is who said it: "kernel", "machine", "program".
	Source string
	// Text is the line without its end and without a prefix for its severity.
	Text string
}

// At is when the line came, by the clock as it is now. A clock that was set
// since, by years perhaps, does not leave the lines from before with a wrong time.
func (l Line) At(now time.Time) time.Time {
	return now.Add(-now.Sub(l.Time)).Round(0)
}

// names are the severities as a configuration names them, and as the kernel
// does (include/linux/kern_levels.h).
func names() []string {
	return []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
}

func (s Severity) String() string {
	if s < Emergency || s > Debug {
		return "unknown"
	}
	return names()[s]
}

// ByName returns the severity of a name, such as "warning"; "warn" and "error",
// slog's names, will do too.
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
