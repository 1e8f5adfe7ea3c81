package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// calendar is when a line of crontab(5) comes: each field has a bit for each value that it allows.
type calendar struct {
	minutes, hours, days, months, weekdays uint64
	// both wants the day of the month and that of the week to match, not either.
	both bool
}

// span is a field of a line: what it is called and may be. Names stand for the values from
// least on.
type span struct {
	name        string
	least, most int
	names       string // of three letters each
}

// parseCalendar reads the five fields of a line of crontab(5), or a word such as @daily.
func parseCalendar(line string) (calendar, error) {
	fields := strings.Fields(spelledOut(line))
	if len(fields) != 5 {
		return calendar{}, fmt.Errorf("it has %d fields", len(fields))
	}
	// crontab(5): if a day field contains no *, it is enough that either matches. As in
	// Vixie's cron, only a * at the beginning counts.
	c := calendar{both: fields[2][0] == '*' || fields[4][0] == '*'}
	for i, f := range []struct {
		span
		into *uint64
	}{
		{span{"minute", 0, 59, ""}, &c.minutes},
		{span{"hour", 0, 23, ""}, &c.hours},
		{span{"day", 1, 31, ""}, &c.days},
		{span{"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"}, &c.months},
		{span{"day of the week", 0, 7, "sunmontuewedthufrisat"}, &c.weekdays},
	} {
		var err error
		if *f.into, err = f.parse(fields[i]); err != nil {
			return calendar{}, err
		}
	}
	c.weekdays |= c.weekdays >> 7 // Sunday is 0 and 7
	return c, nil
}

// spelledOut replaces crontab(5)'s words for whole lines.
func spelledOut(line string) string {
	switch line {
	case "@hourly":
		return "0 * * * *"
	case "@daily", "@midnight":
		return "0 0 * * *"
	case "@weekly":
		return "0 0 * * 0"
	case "@monthly":
		return "0 0 1 * *"
	case "@yearly", "@annually":
		return "0 0 1 1 *"
	}
	return line
}

// parse reads a field: a list of *, values and ranges, each with a step if need be.
func (s span) parse(field string) (set uint64, err error) {
	for item := range strings.SplitSeq(field, ",") {
		values, every, stepped := strings.Cut(item, "/")
		step := 1
		if stepped {
			if step, err = strconv.Atoi(every); err != nil || step < 1 {
				return 0, fmt.Errorf("the %s %q has no step of 1 or more after the /", s.name, item)
			}
		}
		first, last, err := s.bounds(values, stepped)
		if err != nil {
			return 0, err
		}
		for v := first; v <= last; v += min(step, s.most) {
			set |= 1 << v
		}
	}
	return set, nil
}

// bounds reads *, a value or a range. A value with a step is a range to the end.
func (s span) bounds(values string, stepped bool) (first, last int, err error) {
	if values == "*" {
		return s.least, s.most, nil
	}
	from, to, ranged := strings.Cut(values, "-")
	if first, err = s.value(from); err != nil {
		return 0, 0, err
	}
	switch {
	case ranged:
		if last, err = s.value(to); err == nil && last < first {
			err = fmt.Errorf("the %s %q ends before it begins", s.name, values)
		}
	case stepped:
		last = s.most
	default:
		last = first
	}
	return first, last, err
}

// value reads a number or a name.
func (s span) value(text string) (int, error) {
	if at := strings.Index(s.names, strings.ToLower(text)); len(text) == 3 && at >= 0 && at%3 == 0 {
		return s.least + at/3, nil
	}
	v, err := strconv.ParseUint(text, 10, 8)
	if err != nil || int(v) < s.least || int(v) > s.most {
		return 0, fmt.Errorf("the %s %q is not from %d to %d", s.name, text, s.least, s.most)
	}
	return int(v), nil
}

// farthest is how many years ahead a calendar is searched: there are eight from one 29th
// of February to the next across a year such as 2100.
const farthest = 9

// next is when it comes next after a time, in that time's zone; the zero time if it does
// not. Where a clock is set forward, what it skips does not come; where it is set back,
// what it repeats comes twice.
func (c calendar) next(after time.Time) time.Time {
	t := after.Truncate(time.Minute).Add(time.Minute)
	for end := after.AddDate(farthest, 0, 0); t.Before(end); {
		switch {
		case !c.onDay(t) || !has(c.hours, t.Hour()):
			t = t.Add(time.Duration(60-t.Minute()) * time.Minute)
		case !has(c.minutes, t.Minute()):
			t = t.Add(time.Minute)
		default:
			return t
		}
	}
	return time.Time{}
}

func (c calendar) onDay(t time.Time) bool {
	_, month, day := t.Date()
	d, w := has(c.days, day), has(c.weekdays, int(t.Weekday()))
	return has(c.months, int(month)) && (d && w || !c.both && (d || w))
}

func has(set uint64, value int) bool { return set>>value&1 == 1 }
