// Package timekeeping decides what to do about a clock that is off.
package timekeeping

import (
	"strings"
	"time"
)

// KernelDate returns when a kernel was built, by its version string as uname(2)
// gives it, such as "#1 SMP PREEMPT_DYNAMIC Sun Jul  5 07:07:35 UTC 2026". Some
// distributions write the date as "2026-07-05" instead. Zero if there is none.
func KernelDate(version string) time.Time {
	words := strings.Fields(version)
	for i := range words {
		if len(words)-i >= 6 {
			// scripts/mkcompile_h takes it from date(1) in the C locale.
			if t, err := time.Parse("Mon Jan 2 15:04:05 MST 2006", strings.Join(words[i:i+6], " ")); err == nil {
				return t.UTC()
			}
		}
		if t, err := time.Parse("2006-01-02", strings.Trim(words[i], "()")); err == nil {
			return t
		}
	}
	return time.Time{}
}

// Latest returns the latest of times.
func Latest(times ...time.Time) time.Time {
	var latest time.Time
	for _, t := range times {
		if t.After(latest) {
			latest = t
		}
	}
	return latest
}

// Start says what a clock should be set to when a machine starts: zero if it
// may stay as it is. It must not be before the floor, when nothing in the
// machine existed; then the hardware's clock is taken, zero if it cannot be
// read, unless that is before the floor as well.
func Start(clock, hardware, floor time.Time) time.Time {
	if !clock.Before(floor) {
		return time.Time{}
	}
	return Latest(hardware, floor)
}
