// Package clock keeps the machine's time. The clock is never before a time that is
// known to be past. A time server sets it as soon as one can be reached, and then keeps
// it right. Whatever concerns the time of the kernel, the hardware or a server belongs
// here.
package clock

import (
	"strings"
	"time"
)

// kernelDate returns when a kernel was built. version is its version string from
// uname(2), such as "#1 SMP PREEMPT_DYNAMIC Sun Jul  5 07:07:35 UTC 2026"; some
// distributions write the date as "2026-07-05" instead. The result is zero if there is
// no date.
func kernelDate(version string) time.Time {
	words := strings.Fields(version)
	for i := range words {
		if len(words)-i >= 6 {
			// scripts/mkcompile_h writes the date of date(1) in the C locale.
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

// latest returns the latest of several times.
func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// start returns the time to which a machine's clock is set at its start, or zero if the
// clock may stay. The clock must not be before the floor: no part of this machine
// existed then. If it is, start returns the time of the hardware clock, or the floor if
// that is later or the hardware clock cannot be read (zero).
func start(clock, hardware, floor time.Time) time.Time {
	if !clock.Before(floor) {
		return time.Time{}
	}
	return latest(hardware, floor)
}
