//go:build linux

package service

import (
	"bufio"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

// machine is one with the main program as its service. Its kernel is a test's, but
// the processes are real.
type machine struct {
	*kernelfake.Kernel
	*Service
}

func (m machine) Copy(service string, output io.Reader) {
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		m.Printf("%s", lines.Text())
	}
}

// newMachine returns a machine whose program does not run.
func newMachine(t *testing.T, u config.Program) machine {
	t.Helper()
	m := machine{Kernel: kernelfake.New(t)}
	set := NewSet(m.Kernel.Kernel, m, NewReaper(m.Kernel.Kernel), Surroundings{Env: []string{"HOSTNAME=web"}})
	m.Service, _ = set.Add(Unit{Name: Main, Service: config.Service{Program: u}})
	return m
}

// supervised returns a machine that runs a shell script as its program, with a
// reaper at work.
func supervised(t *testing.T, script string) machine {
	t.Helper()
	m := newMachine(t, config.Program{Path: "/bin/sh", Args: []string{"-c", script}, Env: []string{"GREETING=hello"}})
	// Only the children of this test are its business.
	reaper := m.set.reaper
	m.Pidfds = func() map[int]bool { return nil }
	m.Wait = func(_ int, status *syscall.WaitStatus, options int, usage *syscall.Rusage) (int, error) {
		for pid := range reaper.waiting {
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
				reaper.Reap()
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() { signal.Stop(children); close(done) })
	return m
}

// runs supervises the program until it ends, or for as long as after lets it:
// after is called for each wait but that for its last output, and may stop it.
func (m machine) runs(after func(d time.Duration, stop chan string) <-chan time.Time) *End {
	stop := make(chan string, 1)
	m.After = func(d time.Duration) <-chan time.Time {
		if d == drainTime {
			return time.After(d)
		}
		return after(d, stop)
	}
	return m.supervise(stop)
}

// stopAt lets no time pass until the n-th wait, at which it stops the service.
func stopAt(n int) func(time.Duration, chan string) <-chan time.Time {
	waits := 0
	return func(_ time.Duration, stop chan string) <-chan time.Time {
		if waits++; waits == n {
			stop <- "enough"
			return nil
		}
		return time.After(0)
	}
}

func TestProgramEndsWell(t *testing.T) {
	f := supervised(t, `echo "$GREETING from $HOSTNAME"; echo to stderr >&2`)
	f.After = time.After
	if end := f.supervise(nil); end == nil || end.Cause != "the program has ended" || end.Action != "" {
		t.Errorf("%+v", end)
	}
	f.WantShown(t, "hello from web\r\n", "to stderr\r\n")
}

func TestProgramFails(t *testing.T) {
	tests := []struct{ script, want string }{
		{"exit 3", "machine: app: exit status 3; starting it again in "},
		{"kill -9 $$", "machine: app: killed by signal 9 (killed); starting it again in "},
	}
	for _, test := range tests {
		f := supervised(t, test.script)
		if end := f.runs(stopAt(3)); end != nil {
			t.Errorf("%+v", end)
		}
		if got := strings.Count(f.Shown(), test.want); got != 3 {
			t.Errorf("%q is shown %d times in:\n%s", test.want, got, f.Shown())
		}
	}
}

// TestProgramKilled: a program that is killed 50 times is started 50 times more.
func TestProgramKilled(t *testing.T) {
	f := supervised(t, "kill -9 $$")
	f.runs(stopAt(51))
	if state := f.State(); state.Restarts != 50 || state.LastExit != "killed by signal 9 (killed)" {
		t.Errorf("%+v", state)
	}
}

func TestProgramCannotStart(t *testing.T) {
	f := supervised(t, "")
	f.Service.Path = "/nowhere/app"
	if end := f.runs(stopAt(1)); end != nil {
		t.Errorf("%+v", end)
	}
	f.WantShown(t, "machine: app: starting the program /nowhere/app: no such file or directory; starting it again in ")
}

// TestStop: a program that is asked to end does; one that does not is killed.
func TestStop(t *testing.T) {
	tests := []struct{ name, script, want, exit string }{
		{"quits", `trap 'echo quits; exit 0' QUIT; echo up; while :; do sleep 0.05; done`, "quits\r\n", "exit status 0"},
		{"obeys", `trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done`, "bye\r\n", "exit status 0"},
		{"deaf", `trap '' TERM; echo up; while :; do sleep 0.05; done`, "it did not end within 10s: killing it", "killed, as it did not end within 10s"},
		{"fails", `trap 'exit 4' TERM; echo up; while :; do sleep 0.05; done`, "machine: app: exit status 4", "exit status 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := supervised(t, test.script)
			if test.name == "quits" {
				f.StopSignal = int(syscall.SIGQUIT)
			}
			f.After = func(d time.Duration) <-chan time.Time {
				if d == stopTime && test.name == "deaf" {
					return time.After(0)
				}
				return time.After(d)
			}
			f.Start()
			f.waitUp()
			f.Stop("power button")
			f.WantShown(t, "machine: power button: stopping the program\r\n", test.want)
			if state := f.State(); state.PID != 0 || state.LastExit != test.exit {
				t.Errorf("%+v, want %q", state, test.exit)
			}
		})
	}
}

// waitUp waits until the script has said that it is up, one time more than before.
func (m machine) waitUp() {
	before := m.State().Restarts
	for strings.Count(m.Shown(), "up\r\n") <= before {
		time.Sleep(5 * time.Millisecond)
	}
}

// TestRestart: a service that is stopped stays so, until it is started again, once.
func TestRestart(t *testing.T) {
	f := supervised(t, `echo up; exec sleep 1000`)
	f.After = time.After
	f.Stop("before it was started")
	f.Start()
	f.Start()
	f.waitUp()
	first := f.State().PID
	f.Restart("asked by SSH")
	for strings.Count(f.Shown(), "up\r\n") < 2 || f.State().PID == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	if state := f.State(); state.PID == first || state.PID == 0 || state.Restarts != 1 {
		t.Errorf("%+v, before %d", state, first)
	}
	f.Stop("asked by SSH")
	f.Stop("asked again")
	if n := strings.Count(f.Shown(), "stopping the program"); n != 2 || f.State().PID != 0 {
		t.Errorf("stopped %d times:\n%s", n, f.Shown())
	}
}

// TestSet: the members are started in their order, and stopped in the reverse; each
// one's output, reports and state are its own.
func TestSet(t *testing.T) {
	f := supervised(t, `trap 'echo program ends; exit 0' TERM; echo up; while :; do sleep 0.05; done`)
	f.After = time.After
	web, err := f.set.Add(shell("web", `trap 'echo web ends; exit 0' TERM; echo up; while :; do sleep 0.05; done`, config.Service{}))
	if err != nil {
		t.Fatal(err)
	}
	once, err := f.set.Add(shell("migrate", "true", config.Service{}))
	if err != nil {
		t.Fatal(err)
	}
	f.set.Start()
	for strings.Count(f.Shown(), "up\r\n") < 2 {
		time.Sleep(5 * time.Millisecond)
	}
	if end := <-f.set.Ended(); end.Service != once || end.Cause != "the service migrate has ended" {
		t.Errorf("%+v", end)
	}
	if f.set.Member("web") != web || f.set.Member("nothing") != nil || len(f.set.Members()) != 3 {
		t.Errorf("%+v", f.set.Members())
	}
	web.Restart("a test")
	for strings.Count(f.Shown(), "up\r\n") < 3 {
		time.Sleep(5 * time.Millisecond)
	}
	if web.State().Restarts != 1 || f.State().Restarts != 0 {
		t.Errorf("%+v, %+v", web.State(), f.State())
	}
	f.set.Stop("power button")
	text := f.Shown()
	text = text[strings.LastIndex(text, "power button: stopping the service web"):]
	if a, b := strings.Index(text, "web ends"), strings.Index(text, "program ends"); a < 0 || b < a {
		t.Errorf("the order is wrong:\n%s", text)
	}
}

// TestLastingSupervision: a fault of PID 1 itself neither ends the supervision nor
// leaves two of a program.
func TestLastingSupervision(t *testing.T) {
	f := supervised(t, `echo up $$; exec sleep 1000`)
	faults := 0
	f.After = time.After
	f.Uptime = func() time.Duration {
		if f.State().PID != 0 && faults == 0 {
			faults++
			panic("a fault")
		}
		return time.Second
	}

	f.Start()
	for strings.Count(f.Shown(), "up ") < 2 {
		time.Sleep(5 * time.Millisecond)
	}
	f.Stop("a test")
	f.WantShown(t, "machine: app: panic: a fault")
}
