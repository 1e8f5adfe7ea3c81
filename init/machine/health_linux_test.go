package machine

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/power"
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
		f := newFake(t)
		f.WriteFile(t, notifySocket, "left from before")
		f.config.Program.Check = test.check
		err := f.health()
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
	f := newFake(t)
	f.WriteFile(t, notifySocket, "")
	f.config.Program.Check = checkNotify
	if err := f.health(); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(f.Kernel.Kernel.Root, notifySocket)
	if env := strings.Join(f.environment(), " "); !strings.Contains(env, "NOTIFY_SOCKET="+socket+" WATCHDOG_USEC=30000000") {
		t.Errorf("the environment is %s", env)
	}
	f.program.Started(7, 0)
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
	say("READY=1", func() bool { return f.program.Get().Ready != 0 })
	want("")
	say("WATCHDOG=1", f.pings.Load)
	want("it says WATCHDOG=1 no more")
	f.wantShown(t, "machine: program: ready after 3s\r\n")
}

// TestHungProgram: a program that does not work is asked where it hangs, and
// ended, unless there is a watchdog, to which the machine is left.
func TestHungProgram(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"says where", `trap 'echo here; exit 2' QUIT; echo up; while :; do sleep 0.05; done`, "here\r\n"},
		{"deaf", `trap '' QUIT; echo up; while :; do sleep 0.05; done`, "machine: program: it has not worked for 30s: no answer; starting it again in "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := supervised(t, test.script)
			f.hangs(test.name == "deaf")
			if r := f.supervise(); r.Cause != "enough" {
				t.Errorf("%v", r)
			}
			f.wantShown(t, test.want, "it has not worked for 30s: no answer; starting it again")
		})
	}
}

// hangs has the program's check fail from when it is up, for a time that is
// over, and asks the machine to end when the program is to start again.
func (f *fake) hangs(deaf bool) {
	f.check = func(context.Context) error {
		if strings.Contains(f.shown(), "up\r\n") {
			f.SetNow(time.Hour)
		}
		return errors.New("no answer")
	}
	f.Kernel.Kernel.After = func(d time.Duration) <-chan time.Time {
		switch d {
		case drainTime:
			return time.After(d)
		case readyInterval:
			return time.After(10 * time.Millisecond)
		case dumpTime:
			if deaf {
				return time.After(0)
			}
			return nil
		}
		f.requests.Add(power.Reboot, "enough")
		return nil
	}
}

// dog is a watchdog that remembers.
type dog struct{ f *fake }

func (d dog) Feed() error   { return d.f.Call("feed") }
func (d dog) Disarm() error { return d.f.Call("disarm") }

// armed gives the machine a watchdog.
func (f *fake) armed(t *testing.T) {
	t.Helper()
	f.config.Watchdog.Timeout = 20
	f.Watchdog = func(string, int) (kernelapi.Watchdog, error) { return dog{f}, nil }
	if err := f.armWatchdog(); err != nil {
		t.Fatal(err)
	}
	for f.Called() == "" {
		time.Sleep(time.Millisecond)
	}
}

// TestLeftToWatchdog: a program that does not work is the watchdog's to end.
func TestLeftToWatchdog(t *testing.T) {
	f := newFake(t)
	f.armed(t)
	f.check = func(context.Context) error { return errors.New("no answer") }
	f.program.Started(7, 0)
	if f.sick() {
		t.Error("sick at its start")
	}
	f.SetNow(31 * time.Second)
	if !f.sick() {
		t.Error("well after 31 s without an answer")
	}
	sick := make(chan error, 1)
	f.complain(errors.New("no answer"), sick)
	if len(sick) != 0 {
		t.Error("the program is ended, not the machine")
	}
	f.wantShown(t, "machine: program: leaving the machine to its watchdog: no answer")
}

// TestHaltedStays: a machine that is to stay halted is not reset, any other is
// should it hang at its very end.
func TestHaltedStays(t *testing.T) {
	for action, want := range map[power.Action]string{power.Halt: "feed, disarm", power.Off: "feed", power.Reboot: "feed"} {
		f := newFake(t)
		f.armed(t)
		f.leaveWatchdog(action)
		if f.Called() != want {
			t.Errorf("%s: %s, want %s", action, f.Called(), want)
		}
	}
}

func TestCrashLoop(t *testing.T) {
	tests := []struct {
		loop config.CrashLoop
		want power.Request
	}{
		{config.CrashLoop{Failures: 3}, power.Request{Action: power.Reboot, Cause: "the program failed 3 times within 5m0s"}},
		{config.CrashLoop{Failures: 2, Window: 10, Action: "halt"}, power.Request{Action: power.Halt, Cause: "the program failed 2 times within 10s"}},
		{config.CrashLoop{}, power.Request{Action: power.Off, Cause: "enough"}},
		{config.CrashLoop{Failures: 1, Action: "explode"}, power.Request{Action: power.Off, Cause: "enough"}},
	}
	for _, test := range tests {
		f := supervised(t, "exit 3")
		f.config.Program.CrashLoop = test.loop
		waits := 0
		f.Kernel.Kernel.After = func(d time.Duration) <-chan time.Time {
			if d == drainTime {
				return time.After(d)
			}
			if waits++; waits == 4 {
				f.requests.Add(power.Off, "enough")
				return nil
			}
			return time.After(0)
		}
		if r := f.supervise(); r != test.want {
			t.Errorf("%+v: %v, want %v", test.loop, r, test.want)
		}
		if state := f.program.Get(); state.LastExit != "exit status 3" || state.PID != 0 {
			t.Errorf("%+v", state)
		}
	}
}
