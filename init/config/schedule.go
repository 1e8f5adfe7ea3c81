package config

import (
	"fmt"
	"time"
)

// Schedule is when a timer is due.
type Schedule struct {
	// Interval is the time between two starts; 0 if it goes by the calendar.
	Interval time.Duration
	calendar calendar
}

// shortest is the shortest interval between two runs of a timer.
const shortest = time.Second

// ParseSchedule reads Service.Every. The error says what it may be.
func ParseSchedule(every string) (Schedule, error) {
	if every == "" {
		return Schedule{}, fmt.Errorf("a timer needs every, such as %q or %q", "1h", "30 4 * * *")
	}
	if interval, err := time.ParseDuration(every); err == nil {
		if interval < shortest {
			return Schedule{}, fmt.Errorf("every must be at least %s, not %s", shortest, every)
		}
		return Schedule{Interval: interval}, nil
	}
	parsed, err := parseCalendar(every)
	if err != nil {
		return Schedule{}, badSchedule(every, ": "+err.Error())
	}
	if parsed.next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, fmt.Errorf("every: %q never comes", every)
	}
	return Schedule{calendar: parsed}, nil
}

func badSchedule(every, why string) error {
	return fmt.Errorf("every must be an interval such as 1h, five fields such as 30 4 * * * (minute, hour, day, month, day of the week), "+
		"or @hourly, @daily, @weekly, @monthly or @yearly, not %q%s", every, why)
}

// Next is when the calendar has it next after a time, in that time's zone; the zero
// time for an interval.
func (s Schedule) Next(t time.Time) time.Time {
	if s.Interval != 0 {
		return time.Time{}
	}
	return s.calendar.next(t)
}
