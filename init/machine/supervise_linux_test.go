package machine

import (
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/power"
)

// supervised gives a fake that runs a shell script as its program, with a
// reaper at work.
func supervised(t *testing.T, script string) *fake {
	t.Helper()
	f := newFake(t)
	f.config.Program.Path = "/bin/sh"
	f.config.Program.Args = []string{"-c", script}
	f.config.Program.Env = []string{"GREETING=hello"}
	// Only the children of this test are its business.
	f.Kernel.Kernel.Pidfds = func() map[int]bool { return nil }
	f.Kernel.Kernel.Wait = func(_ int, status *syscall.WaitStatus, options int, usage *syscall.Rusage) (int, error) {
		for pid := range f.reaper.waiting {
			if got, err := syscall.Wait4(pid, status, options, usage); got > 0 {
				return got, err
			}
		}
		return 0, nil
	}
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-children:
				f.reaper.reap()
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() { signal.Stop(children); close(done) })
	return f
}

func TestProgramEndsWell(t *testing.T) {
	f := supervised(t, `echo "$GREETING from $HOSTNAME"; echo to stderr >&2`)
	f.Kernel.Kernel.After, f.config.Hostname = time.After, "web"
	if r := f.supervise(); r != (power.Request{Action: power.Off, Cause: "the program has ended"}) {
		t.Errorf("%v", r)
	}
	f.wantShown(t, "hello from web\r\n", "to stderr\r\n")
}

func TestProgramFails(t *testing.T) {
	tests := []struct{ script, want string }{
		{"exit 3", "machine: program: exit status 3; starting it again in "},
		{"kill -9 $$", "machine: program: killed by signal 9 (killed); starting it again in "},
	}
	for _, test := range tests {
		f := supervised(t, test.script)
		waits := 0
		f.Kernel.Kernel.After = func(d time.Duration) <-chan time.Time {
			if d == drainTime {
				return time.After(d)
			}
			if waits++; waits == 3 {
				f.requests.Add(power.Reboot, "enough")
				return nil
			}
			return time.After(0)
		}
		if r := f.supervise(); r.Cause != "enough" {
			t.Errorf("%v", r)
		}
		if got := strings.Count(f.shown(), test.want); got != 3 {
			t.Errorf("%q is shown %d times in:\n%s", test.want, got, f.shown())
		}
	}
}

// TestProgramKilled: a program that is killed 50 times is started 50 times more.
func TestProgramKilled(t *testing.T) {
	f := supervised(t, "kill -9 $$")
	waits := 0
	f.Kernel.Kernel.After = func(d time.Duration) <-chan time.Time {
		if d == drainTime {
			return time.After(d)
		}
		if waits++; waits == 51 {
			f.requests.Add(power.Off, "enough")
			return nil
		}
		return time.After(0)
	}
	f.supervise()
	if state := f.program.Get(); state.Restarts != 50 || state.LastExit != "killed by signal 9 (killed)" {
		t.Errorf("%+v", state)
	}
}

func TestProgramCannotStart(t *testing.T) {
	f := supervised(t, "")
	f.config.Program.Path = "/nowhere/app"
	f.Kernel.Kernel.After = func(time.Duration) <-chan time.Time {
		f.requests.Add(power.Off, "power button")
		return nil
	}
	if r := f.supervise(); r.Cause != "power button" {
		t.Errorf("%v", r)
	}
	f.wantShown(t, "machine: program: starting the program /nowhere/app: no such file or directory; starting it again in ")
}

// TestStop: a program that is asked to end does; one that does not is killed.
func TestStop(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"obeys", `trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done`, "bye\r\n"},
		{"deaf", `trap '' TERM; echo up; while :; do sleep 0.05; done`, "it did not end within 10s: killing it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := supervised(t, test.script)
			f.Kernel.Kernel.After = func(d time.Duration) <-chan time.Time {
				if d == stopTime && test.name == "deaf" {
					return time.After(0)
				}
				return time.After(d)
			}
			go func() {
				for !strings.Contains(f.shown(), "up\r\n") {
					time.Sleep(10 * time.Millisecond)
				}
				f.requests.Add(power.Off, "power button")
			}()
			if r := f.supervise(); r.Cause != "power button" {
				t.Errorf("%v", r)
			}
			f.wantShown(t, "machine: power button: stopping the program\r\n", test.want)
		})
	}
}

func TestCommand(t *testing.T) {
	f := newFake(t)
	if path, argv := f.command(); path != "/proc/self/exe" || argv[0] != os.Args[0] {
		t.Errorf("the function's: %s %v", path, argv)
	}
	f.options.program = "/app"
	f.config.Program.Args = []string{"-v"}
	if path, argv := f.command(); path != "/app" || strings.Join(argv, " ") != "/app -v" {
		t.Errorf("the option's: %s %v", path, argv)
	}
	f.config.Program.Path = "/other"
	if path, _ := f.command(); path != "/other" {
		t.Errorf("the configuration's: %s", path)
	}
}
