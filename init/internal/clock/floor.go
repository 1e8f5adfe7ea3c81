// Package clock sees to the machine's time: never before what is known to be past,
// right by a time server as soon as there is one, and kept right. What enters here
// is the time, be it the kernel's, the hardware's or a server's.
package clock

import (
	"strings"
	"time"
)

// kernelDate returns when a kernel was built, by its version string as uname(2)
// gives it, such as "#1 SMP PREEMPT_DYNAMIC Sun Jul  5 07:07:35 UTC 2026". Some
// distributions write the date as "2026-07-05" instead. Zero if there is none.
func kernelDate(version string) time.Time {
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

// latest returns the latest of times.
func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// start says what a clock should be set to when a machine starts: zero if it
// may stay as it is. It must not be before the floor, when nothing in the
// machine existed; then the hardware's clock is taken, zero if it cannot be
// read, unless that is before the floor as well.
func start(clock, hardware, floor time.Time) time.Time {
	if !clock.Before(floor) {
		return time.Time{}
	}
	return latest(hardware, floor)
}
