//go:build linux

package service

import (
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// timed is a machine with a timer, whose time passes only as the test says. Each wait
// of the timer comes from waits, and ends when the test sends to ring.
type timed struct {
	machine
	timer *Service
	waits chan time.Duration
	ring  chan time.Time
}

func newTimed(t *testing.T, every, script string, clockSet bool) timed {
	t.Helper()
	f := timed{machine: supervised(t, forever), waits: make(chan time.Duration), ring: make(chan time.Time)}
	f.Kernel.Kernel.After = func(d time.Duration) <-chan time.Time {
		if d == drainTime || d == stopTime || d == 0 {
			return time.After(d)
		}
		f.waits <- d
		return f.ring
	}
	set := make(chan struct{})
	if clockSet {
		close(set)
	}
	f.set.around.ClockSet = set
	f.SetWall(time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC))
	f.timer = f.add(t, shell("backup", script, config.Service{Kind: config.KindTimer, Every: every}))
	f.timer.Start()
	t.Cleanup(func() {
		go func() {
			for range f.waits {
			}
		}()
		f.timer.Stop("a test")
	})
	return f
}

// pass lets the time pass, and the timer look at it.
func (f timed) pass(d time.Duration) {
	f.Pass(d)
	f.SetWall(f.Wall().Add(d))
	f.ring <- time.Time{}
}

func (f timed) wantWait(t *testing.T, want time.Duration) {
	t.Helper()
	if got := <-f.waits; got != want {
		t.Errorf("it sleeps %s, want %s", got, want)
	}
}

func TestInterval(t *testing.T) {
	f := newTimed(t, "90s", "echo backup runs", false)
	f.wantWait(t, time.Minute)
	f.pass(time.Minute)
	f.wantWait(t, 30*time.Second)
	if phase := f.timer.State().Phase; phase != "due at 2026-11-27T12:01:30Z" {
		t.Error(phase)
	}
	f.pass(29 * time.Second) // a machine that was woken up early
	f.wantWait(t, time.Second)
	f.pass(31 * time.Second) // and one that comes late does not get later and later
	f.wantWait(t, time.Minute)
	f.wantWait(t, time.Minute) // once the run has ended
	f.awaitShown(t, "backup runs", 1)
	f.pass(time.Hour) // of many that were missed there is one
	f.wantWait(t, time.Minute)
	f.wantWait(t, time.Minute)
	f.awaitShown(t, "backup runs", 2)
	if state := f.timer.State(); state.Restarts != 1 || state.LastExit != "exit status 0" {
		t.Errorf("%+v", state)
	}
	f.timer.Start() // by hand
	f.wantWait(t, time.Minute)
	f.wantWait(t, time.Minute)
	f.awaitShown(t, "backup runs", 3)
}

// TestTimerSkips: a run that takes longer than the interval is the only one.
func TestTimerSkips(t *testing.T) {
	f := newTimed(t, "1s", "trap 'exit 3' TERM; echo backup runs; while :; do sleep 0.02; done", false)
	f.wantWait(t, time.Second)
	f.pass(time.Second)
	f.awaitShown(t, "backup runs", 1)
	for range 3 {
		f.wantWait(t, time.Second)
		f.pass(time.Second)
	}
	f.wantWait(t, time.Second)
	const skipped = "machine: backup: it is due, but still runs: skipping this time, and every one until it has ended"
	if n := strings.Count(f.Shown(), skipped); n != 1 {
		t.Errorf("said %d times:\n%s", n, f.Shown())
	}
	_ = f.Kill(f.timer.State().PID, 15)
	f.wantWait(t, time.Second)
	f.WantShown(t, "machine: backup: exit status 3\r\n")
	f.pass(time.Second)
	f.awaitShown(t, "backup runs", 2)
}

// TestCalendar: by the machine's clock and zone, which is set before and may be set
// again.
func TestCalendar(t *testing.T) {
	f := newTimed(t, "30 13 * * *", "echo backup runs", false)
	f.wantWait(t, clockPatience)
	if phase := f.timer.State().Phase; phase != "waits for the clock to be set" {
		t.Error(phase)
	}
	f.pass(0)
	f.wantWait(t, time.Minute)
	f.WantShown(t, "machine: backup: no time server has set the clock for 1m0s")
	if phase := f.timer.State().Phase; phase != "due at 2026-11-27T13:30:00Z" {
		t.Error(phase)
	}
	f.SetWall(time.Date(2026, 11, 27, 13, 29, 48, 0, time.UTC))
	f.pass(0)
	f.wantWait(t, 12*time.Second)
	f.pass(12 * time.Second)
	f.wantWait(t, time.Minute)
	f.wantWait(t, time.Minute)
	f.awaitShown(t, "backup runs", 1)
	f.SetWall(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)) // it was wrong
	f.pass(0)
	f.wantWait(t, time.Minute)
	if phase := f.timer.State().Phase; phase != "due at 2026-11-01T13:30:00Z" {
		t.Error(phase)
	}
}

func TestClockIsSet(t *testing.T) {
	f := newTimed(t, "@hourly", "true", true)
	f.wantWait(t, clockPatience) // given up at once
	f.wantWait(t, time.Minute)
	if phase := f.timer.State().Phase; phase != "due at 2026-11-27T13:00:00Z" {
		t.Error(phase)
	}
}

// TestLocalZone: /etc/localtime decides.
func TestLocalZone(t *testing.T) {
	f := newMachine(t, config.Program{})
	if zone := localZone(f.Kernel.Kernel); zone != time.UTC {
		t.Error(zone)
	}
	f.WriteFile(t, "etc/localtime", "TZif, not really")
	if zone := localZone(f.Kernel.Kernel); zone != time.UTC {
		t.Error(zone)
	}
	// Two hours east of Greenwich (RFC 9636, version 1).
	f.WriteFile(t, "etc/localtime", "TZif"+strings.Repeat("\x00", 16+12+4)+"\x00\x00\x00\x01"+"\x00\x00\x00\x04"+"\x00\x00\x1c\x20"+"\x00\x00"+"EET\x00")
	if name, offset := time.Now().In(localZone(f.Kernel.Kernel)).Zone(); name != "EET" || offset != 7200 {
		t.Error(name, offset)
	}
}
