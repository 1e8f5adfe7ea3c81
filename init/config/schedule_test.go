package config

import (
	"strings"
	"testing"
	"time"
)

func TestParseSchedule(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	now := time.Date(2026, 3, 28, 12, 34, 56, 0, berlin) // the night after has no 2:30
	tests := []struct{ every, next string }{
		{"* * * * *", "2026-03-28T12:35:00+01:00"},
		{"30 4 * * *", "2026-03-29T04:30:00+02:00"},
		{"*/15 8-10 * * 1-5", "2026-03-30T08:00:00+02:00"},
		{"0 0 1 jan *", "2027-01-01T00:00:00+01:00"},
		{"0 0 29 2 *", "2028-02-29T00:00:00+01:00"},
		{"30 2 * * *", "2026-03-30T02:30:00+02:00"}, // crontab(5): times that are skipped
		{"0 12 13 * fri", "2026-04-03T12:00:00+02:00"},
		{"@daily", "2026-03-29T00:00:00+01:00"},
	}
	for _, test := range tests {
		s, err := ParseSchedule(test.every)
		if err != nil || s.Interval != 0 || s.Next(now).Format(time.RFC3339) != test.next {
			t.Errorf("%s: %s, %v, want %s", test.every, s.Next(now).Format(time.RFC3339), err, test.next)
		}
	}
	if s, err := ParseSchedule("90m"); err != nil || s.Interval != 90*time.Minute || !s.Next(now).IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestBadSchedules(t *testing.T) {
	for every, want := range map[string]string{
		"":                    "a timer needs every",
		"0s":                  "every must be at least 1s, not 0s",
		"-1h":                 "every must be at least 1s, not -1h",
		"1 hour":              "every must be an interval such as 1h, five fields",
		"60 * * * *":          `the minute "60" is not from 0 to 59`,
		"* * * *":             "it has 4 fields",
		"* * * * * *":         "it has 6 fields",
		"1-0 * * * *":         `the minute "1-0" ends before it begins`,
		"*/0 * * * *":         "no step of 1 or more",
		"*/x * * * *":         "no step of 1 or more",
		"1, * * * *":          `the minute "" is not`,
		"* * * ebm *":         `the month "ebm" is not from 1 to 12`,
		"* * 0 * *":           `the day "0" is not from 1 to 31`,
		"* * * * 8":           `the day of the week "8" is not from 0 to 7`,
		"0 0 31 2 *":          `every: "0 0 31 2 *" never comes`,
		"@reboot":             "or @hourly, @daily",
		"@every 1h":           "or @hourly, @daily",
		"TZ=0":                "every must be",
		"CRON_TZ=UTC 1 * * *": "every must be",
	} {
		if _, err := ParseSchedule(every); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", every, err, want)
		}
	}
}

// FuzzParseSchedule: whatever is a schedule comes, and later than now.
func FuzzParseSchedule(f *testing.F) {
	for _, every := range []string{"1h", "30 4 * * *", "*/5 1-3,7 ? jan mon#", "@daily", "TZ=", "0 0 31 2 *", "* * 99999999999 * *", "@every 1h"} {
		f.Add(every)
	}
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, every string) {
		s, err := ParseSchedule(every)
		if err != nil {
			return
		}
		if next := s.Next(now); s.Interval < shortest && !next.After(now) {
			t.Errorf("%q: %s, %s", every, s.Interval, next)
		}
	})
}
