package machine

import (
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/power"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/service"
)

// TestMainUnit: the program in the configuration takes precedence over the option's.
func TestMainUnit(t *testing.T) {
	f := newFake(t)
	if u := f.unit(service.Main); u.Path != "/proc/self/exe" || u.Argv0 != os.Args[0] {
		t.Errorf("the function's: %+v", u)
	}
	f.options.program = "/app"
	f.config.Program.Args = []string{"-v"}
	if u := f.unit(service.Main); u.Path != "/app" || u.Argv0 != "" || strings.Join(u.Args, " ") != "-v" {
		t.Errorf("the option's: %+v", u)
	}
	f.config.Program.Path = "/other"
	if u := f.unit(service.Main); u.Path != "/other" {
		t.Errorf("the configuration's: %+v", u)
	}
}

// TestServe: the machine ends in the way that the program's end, or a request, decides.
func TestServe(t *testing.T) {
	tests := []struct {
		name, script string
		loop         config.CrashLoop
		want         power.Request
		shown        string
	}{
		{"ends", "echo $HOSTNAME $DATA_DIR $TZ", config.CrashLoop{}, power.Request{Action: power.Off, Cause: "the program has ended"}, "web /data Europe/Berlin\r\n"},
		{"crash loop", "exit 3", config.CrashLoop{Failures: 2}, power.Request{Action: power.Reboot, Cause: "the program failed 2 times within 5m0s"}, "exit status 3"},
		{"crash loop that halts", "exit 3", config.CrashLoop{Failures: 2, Action: "halt"},
			power.Request{Action: power.Halt, Cause: "the program failed 2 times within 5m0s"}, "exit status 3"},
		{"button", "exec sleep 1000", config.CrashLoop{}, power.Request{Action: power.Off, Cause: "power button"}, "machine: power button: stopping the program\r\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.After = func(d time.Duration) <-chan time.Time { return time.After(min(d, 300*time.Millisecond)) }
			f.config.Hostname, f.config.TimeZone, f.dataDir = "web", "Europe/Berlin", "/data"
			f.config.Program = config.Program{Path: "/bin/sh", Args: []string{"-c", test.script}, CrashLoop: test.loop}
			f.reapChildren(t)
			if err := f.addServices(); err != nil {
				t.Fatal(err)
			}
			if test.name == "button" {
				go func() {
					for f.services.Members()[0].State().PID == 0 {
						time.Sleep(time.Millisecond)
					}
					f.requests.Add(power.Off, "power button")
				}()
			}
			if got := f.serve(); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
			f.wantShown(t, test.shown)
		})
	}
}

// TestServeServices: a service beside the program ends the machine only if its crash
// loop says so. Problems with the services' order are reported.
func TestServeServices(t *testing.T) {
	script := func(text string, s config.Service) config.Service {
		s.Path, s.Args = "/bin/sh", []string{"-c", text}
		return s
	}
	f := newFake(t)
	f.Kernel.Kernel.After = time.After
	f.reapChildren(t)
	f.config.Program = config.Program{Path: "/bin/sh", Args: []string{"-c", "echo here; exec sleep 1000"}}
	f.config.Services = map[string]config.Service{
		"ends":    script("echo here, too", config.Service{After: []string{"nothing"}}),
		"crashes": script("exit 3", config.Service{After: []string{"ends"}, Program: config.Program{CrashLoop: config.CrashLoop{Failures: 2}}}),
	}
	if err := f.addServices(); err != nil {
		t.Fatal(err)
	}
	if got := f.serve(); got != (power.Request{Action: power.Reboot, Cause: "the service crashes failed 2 times within 5m0s"}) {
		t.Errorf("%v", got)
	}
	f.wantShown(t, `machine: services: ends: after: there is no service "nothing"`, "app: here\r\n", "ends: here, too\r\n",
		"machine: the service ends has ended\r\n", "machine: crashes: exit status 3; starting it again in ")
	m := machine{f.pid1}
	var names []string
	for _, s := range m.Programs() {
		names = append(names, s.Name+" "+s.Kind)
	}
	if got := strings.Join(names, ", "); got != "app simple, ends simple, crashes simple" {
		t.Error(got)
	}
	if err := m.StartProgram("x"); err == nil || err.Error() != `there is no service "x"` {
		t.Error(err)
	}
	if err := m.StopProgram("app", "a test"); err != nil {
		t.Error(err)
	}
}

// reapChildren makes the reaper wait for the children that it has started.
func (f *fake) reapChildren(t *testing.T) {
	t.Helper()
	started := map[int]bool{}
	f.Pidfds = func() map[int]bool { return nil }
	f.Fork = func(path string, argv []string, attr *syscall.ProcAttr) (int, error) {
		pid, err := syscall.ForkExec(path, argv, attr)
		started[pid] = err == nil
		return pid, err
	}
	f.Wait = func(_ int, status *syscall.WaitStatus, options int, usage *syscall.Rusage) (int, error) {
		for pid := range started {
			if got, err := syscall.Wait4(pid, status, options, usage); got > 0 {
				delete(started, pid)
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
				f.reaper.Reap()
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() { signal.Stop(children); close(done) })
}

// dog is a watchdog that records calls.
type dog struct{ f *fake }

func (d dog) Feed() error   { return d.f.Call("feed") }
func (d dog) Disarm() error { return d.f.Call("disarm") }

// TestHaltedStays: a halted machine is not reset. Any other machine is reset if it
// hangs while it ends.
func TestHaltedStays(t *testing.T) {
	for action, want := range map[power.Action]string{power.Halt: "feed, disarm", power.Off: "feed", power.Reboot: "feed"} {
		f := newFake(t)
		f.config.Watchdog.Timeout = 20
		f.Watchdog = func(string, int) (kernelapi.Watchdog, error) { return dog{f}, nil }
		if err := f.addServices(); err != nil {
			t.Fatal(err)
		}
		if err := f.armWatchdog(); err != nil {
			t.Fatal(err)
		}
		for f.Called() == "" {
			time.Sleep(time.Millisecond)
		}
		f.leaveWatchdog(action)
		if f.Called() != want {
			t.Errorf("%s: %s, want %s", action, f.Called(), want)
		}
	}
}
