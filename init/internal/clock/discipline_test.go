package clock

import (
	"testing"
	"time"
)

func TestKernelDate(t *testing.T) {
	for version, want := range map[string]string{
		"#1 SMP PREEMPT_DYNAMIC Sun Jul  5 07:07:35 UTC 2026":  "2026-07-05T07:07:35Z",
		"#1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1 (2025-11-09)": "2025-11-09T00:00:00Z",
		"#1-Alpine SMP PREEMPT_DYNAMIC 2025-10-12 12:03:11":    "2025-10-12T00:00:00Z",
		"#2 Wed Mar 1 20:57:29 UTC 2017":                       "2017-03-01T20:57:29Z",
		"#1 SMP PREEMPT_DYNAMIC":                               "0001-01-01T00:00:00Z",
		"":                                                     "0001-01-01T00:00:00Z",
		"#1 SMP Sun Jul  5 07:07:35 UTC twenty 2026-13-13 (2026-99-99) x": "0001-01-01T00:00:00Z",
	} {
		if got := kernelDate(version).Format(time.RFC3339); got != want {
			t.Errorf("%q is of %s, want %s", version, got, want)
		}
	}
}

func day(d int) time.Time { return time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC) }

func TestStart(t *testing.T) {
	var never time.Time
	tests := []struct {
		name                         string
		clock, hardware, floor, want time.Time
	}{
		{"right", day(5), day(5), day(2), never},
		{"at the floor", day(2), day(5), day(2), never},
		{"no floor", time.Unix(0, 0), day(5), never, never},
		{"the kernel did not read the hardware's clock", time.Unix(0, 0), day(5), day(2), day(5)},
		{"no hardware's clock", time.Unix(0, 0), never, day(2), day(2)},
		{"the hardware's clock is wrong, too", day(1), day(1), day(2), day(2)},
	}
	for _, test := range tests {
		if got := start(test.clock, test.hardware, test.floor); !got.Equal(test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestCorrect(t *testing.T) {
	var d discipline
	for i, s := range []struct {
		offset time.Duration
		step   bool
		next   time.Duration
	}{
		{5 * 365 * 24 * time.Hour, true, 64 * time.Second}, // at the start
		{time.Millisecond, false, 128 * time.Second},       // the clock is right now
		{-10 * time.Millisecond, false, 256 * time.Second}, // still
		{20 * time.Millisecond, false, 256 * time.Second},  // not quite
		{-300 * time.Millisecond, false, 64 * time.Second}, // slewed, but asked sooner
		{500 * time.Millisecond, false, 64 * time.Second},  // the most that the kernel slews
		{-501 * time.Millisecond, true, 64 * time.Second},  // the machine was asleep
		{0, false, 128 * time.Second}, {0, false, 256 * time.Second},
		{0, false, 512 * time.Second}, {0, false, 1024 * time.Second}, {0, false, 1024 * time.Second},
	} {
		if step, next := d.correct(s.offset); step != s.step || next != s.next {
			t.Errorf("answer %d, off by %s: %v, %s, want %v, %s", i, s.offset, step, next, s.step, s.next)
		}
	}
	for offset, want := range map[time.Duration]bool{125 * time.Millisecond: false, -126 * time.Millisecond: true} {
		if step, _ := new(discipline).correct(offset); step != want {
			t.Errorf("at the start, off by %s: %v", offset, step)
		}
	}
}

func TestFailed(t *testing.T) {
	var d discipline
	for round := range 2 {
		for i, want := range []time.Duration{250, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 64000} {
			if got, report := d.failed(); got != want*time.Millisecond || report != (i == 2) {
				t.Errorf("round %d, failure %d: %s, reported: %v", round, i, got, report)
			}
		}
		d.correct(0)
	}
}
