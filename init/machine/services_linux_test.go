package machine

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/power"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/service"
)

// TestService: a service that fails or panics is reported and run again. One that has
// ended is not.
func TestService(t *testing.T) {
	f := newFake(t)
	f.Kernel.Kernel.After = func(d time.Duration) <-chan time.Time {
		if d < 50*time.Millisecond {
			t.Errorf("it waits %s until it runs the service again", d)
		}
		return time.After(0)
	}
	runs, ended := 0, make(chan struct{})
	f.options.services = []Service{{Name: "debug", Run: func(_ context.Context, m Machine) error {
		switch runs++; runs {
		case 1:
			return errors.New("the port is taken")
		case 2:
			panic("a fault")
		}
		m.Printf("here is %s", m.Config().Hostname)
		close(ended)
		return nil
	}}}
	if err := f.startTasks(); err != nil {
		t.Fatal(err)
	}
	<-ended
	f.wantShown(t, "machine: debug: the port is taken; starting it again in ", "machine: debug: panic: a fault",
		"here is scratchmachine")
}

// TestServicesAtEnd: when the machine ends, the services' contexts end, the last
// service's first, and before earlier endings run. No service is run again, even if it
// fails, panics or hangs.
func TestServicesAtEnd(t *testing.T) {
	f := newFake(t)
	f.Kernel.Kernel.After = func(d time.Duration) <-chan time.Time { return time.After(min(d, 50*time.Millisecond)) }
	var running sync.WaitGroup
	service := func(name string, end func(error) error) Service {
		running.Add(1)
		return Service{Name: name, Run: func(ctx context.Context, _ Machine) error {
			running.Done()
			<-ctx.Done()
			_ = f.Call("end " + name)
			return end(ctx.Err())
		}}
	}
	f.options.services = []Service{
		service("first", func(err error) error { return err }),
		service("fails", func(error) error { return errors.New("a file is left") }),
		service("panics", func(error) error { panic("a fault") }),
		service("stays", func(error) error { select {} }),
	}
	f.atEnd("disk", func() error { return f.Call("unmount") })
	if err := f.startTasks(); err != nil {
		t.Fatal(err)
	}
	running.Wait()
	f.end(power.Request{Action: power.Off, Cause: "power button"})
	if want := "kill everything, end stays, end panics, end fails, end first, unmount, sync, reboot"; f.Called() != want {
		t.Errorf("%s, want %s", f.Called(), want)
	}
	f.wantShown(t, "machine: stays: it did not end within 10s: going on without it", "machine: fails: a file is left",
		"machine: panics: panic: a fault")
	if strings.Contains(f.shown(), "first: ") || strings.Contains(f.shown(), "starting it again") {
		t.Error(f.shown())
	}
}

// TestServiceEnds: a service sees the program, and can end the machine.
func TestServiceEnds(t *testing.T) {
	f := newFake(t)
	m := machine{f.pid1}
	if err := f.addServices(); err != nil {
		t.Fatal(err)
	}
	if got := m.Program(); got != (ProgramState{}) {
		t.Errorf("%+v", got)
	}
	m.Reboot("asked by SSH")
	m.PowerOff("asked again")
	if r := <-f.requests; r != (power.Request{Action: power.Reboot, Cause: "asked by SSH"}) {
		t.Errorf("%v", r)
	}
	if r := <-f.requests; r != (power.Request{Action: power.Off, Cause: "asked again"}) {
		t.Errorf("%v", r)
	}
}

// TestServiceStarts: a service gets the exit status of a process that it has started.
func TestServiceStarts(t *testing.T) {
	f := newFake(t)
	f.reapChildren(t)
	pid, status, err := machine{f.pid1}.Start("/bin/sh", []string{"sh", "-c", "exit 3"}, &syscall.ProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	if s := <-status; s.ExitStatus() != 3 {
		t.Errorf("process %d: %v", pid, s)
	}
}

// TestServiceCommand: under the name of a service's command, the executable runs that
// command and not the program.
func TestServiceCommand(t *testing.T) {
	if os.Getenv("SERVICE_COMMAND") != "" {
		Run(func(context.Context) error { return errors.New("not the command") }, WithService(Service{
			Commands: map[string]func([]string) int{"a-command": func(args []string) int { return len(args) }},
		}))
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"a-command": 3, "another": 1} {
		cmd := &exec.Cmd{Path: self, Args: []string{name, "-test.run=TestServiceCommand", "b", "c"}, Env: append(os.Environ(), "SERVICE_COMMAND=1")}
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: exit status %d, want %d: %s", name, got, want, strings.TrimSpace(string(out)))
		}
	}
}

// TestServiceSees: a service can show the log and the timeline.
func TestServiceSees(t *testing.T) {
	f := newFake(t)
	f.Printf("first")
	f.Copy(service.Main, strings.NewReader("<3>second\n"))
	lines := machine{f.pid1}.Log(1)
	if len(lines) != 1 || !strings.HasSuffix(lines[0], "Z app.err: second") {
		t.Errorf("the log is %q", lines)
	}
	if text, err := (machine{f.pid1}).Timeline().MarshalJSON(); err != nil || !strings.HasPrefix(string(text), `{"kernel":`) {
		t.Errorf("the timeline is %s, %v", text, err)
	}
}
