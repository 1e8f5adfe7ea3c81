//go:build linux

package service

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

func TestHealth(t *testing.T) {
	tests := []struct {
		check, failure string
		checked        bool
	}{
		{"", "", false},
		{"notify", "", true},
		{"tcp://:80", "", true},
		{"http://10.0.2.15/health", "", true},
		{"ping", "begins neither with", false},
	}
	for _, test := range tests {
		f := newMachine(t, config.Program{})
		f.WriteFile(t, "run/notify", "left from before")
		f.Check = test.check
		err := f.prepareCheck()
		if (err == nil) != (test.failure == "") || err != nil && !strings.Contains(err.Error(), test.failure) {
			t.Errorf("%q: %v, want %q", test.check, err, test.failure)
		}
		if (f.check != nil) != test.checked {
			t.Errorf("%q: checked: %t, want %t", test.check, f.check != nil, test.checked)
		}
	}
}

// TestNotify: the program says that it is ready, and from its first WATCHDOG=1
// on must say so again and again.
func TestNotify(t *testing.T) {
	f := newMachine(t, config.Program{})
	f.WriteFile(t, "run/notify", "")
	f.Check = checkNotify
	if err := f.prepareCheck(); err != nil {
		t.Fatal(err)
	}
	socket := f.Kernel.Path("run/notify")
	if env := strings.Join(f.environment(), " "); !strings.Contains(env, "NOTIFY_SOCKET="+socket+" WATCHDOG_USEC=30000000") {
		t.Errorf("the environment is %s", env)
	}
	f.state.started(7, 0)
	want := func(want string) {
		t.Helper()
		if err := f.check(t.Context()); err == nil && want != "" || err != nil && err.Error() != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
	say := func(text string, heard func() bool) {
		t.Helper()
		program, err := net.Dial("unixgram", socket)
		if err != nil {
			t.Fatal(err)
		}
		defer program.Close()
		if _, err := program.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		for !heard() {
			time.Sleep(time.Millisecond)
		}
	}
	want("it has not said READY=1")
	f.SetNow(3 * time.Second)
	say("READY=1", func() bool { return f.State().Ready != 0 })
	want("")
	say("WATCHDOG=1", f.pings.Load)
	want("it says WATCHDOG=1 no more")
	f.WantShown(t, "machine: app: ready after 3s\r\n")
}

// TestHungProgram: a program that does not work is asked where it hangs, and
// ended, unless there is a watchdog, to which the machine is left.
func TestHungProgram(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"says where", `trap 'echo here; exit 2' QUIT; echo up; while :; do sleep 0.05; done`, "here\r\n"},
		{"deaf", `trap '' QUIT; echo up; while :; do sleep 0.05; done`, "machine: app: it has not worked for 30s: no answer; starting it again in "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := supervised(t, test.script)
			if end := f.runs(f.hangs(test.name == "deaf")); end != nil {
				t.Errorf("%+v", end)
			}
			f.WantShown(t, test.want, "it has not worked for 30s: no answer; starting it again")
		})
	}
}

// hangs has the program's check fail from when it is up, for a time that is over,
// and stops the service when it is to start again.
func (m machine) hangs(deaf bool) func(time.Duration, chan string) <-chan time.Time {
	m.check = func(context.Context) error {
		if strings.Contains(m.Shown(), "up\r\n") {
			m.SetNow(time.Hour)
		}
		return errors.New("no answer")
	}
	return func(d time.Duration, stop chan string) <-chan time.Time {
		switch d {
		case readyInterval:
			return time.After(10 * time.Millisecond)
		case dumpTime:
			if deaf {
				return time.After(0)
			}
			return nil
		}
		stop <- "enough"
		return nil
	}
}

// TestLeftToWatchdog: where there is a watchdog, the machine is ended and not the
// program that does not work.
func TestLeftToWatchdog(t *testing.T) {
	f := newMachine(t, config.Program{})
	f.set.LeaveToWatchdog()
	f.check = func(context.Context) error { return errors.New("no answer") }
	f.state.started(7, 0)
	if f.SetNow(30 * time.Second); f.set.Ill() {
		t.Error("ill after 30 s")
	}
	if f.SetNow(31 * time.Second); !f.set.Ill() {
		t.Error("well after 31 s without an answer")
	}
	ill := make(chan error, 1)
	f.complain(errors.New("no answer"), ill)
	if len(ill) != 0 {
		t.Error("the program is ended, not the machine")
	}
	f.WantShown(t, "machine: app: leaving the machine to its watchdog: no answer")
}

func TestCrashLoop(t *testing.T) {
	tests := []struct {
		loop          config.CrashLoop
		cause, action string // none if it is started again
	}{
		{config.CrashLoop{Failures: 3}, "the program failed 3 times within 5m0s", config.ActionReboot},
		{config.CrashLoop{Failures: 2, Window: 10, Action: "halt"}, "the program failed 2 times within 10s", config.ActionHalt},
		{config.CrashLoop{}, "", ""},
		{config.CrashLoop{Failures: 1, Action: "explode"}, "", ""},
	}
	for _, test := range tests {
		f := supervised(t, "exit 3")
		f.CrashLoop = test.loop
		end := f.runs(stopAt(4))
		if end == nil {
			end = &End{}
		}
		if end.Cause != test.cause || end.Action != test.action {
			t.Errorf("%+v: %+v, want %q, %q", test.loop, end, test.cause, test.action)
		}
		if state := f.State(); state.LastExit != "exit status 3" || state.PID != 0 {
			t.Errorf("%+v", state)
		}
	}
}
