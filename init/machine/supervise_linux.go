package machine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

const (
	// The restarts' delays: the first, the longest, and how long the program
	// must have run for the next failure to count as the first again.
	firstDelay  = 100 * time.Millisecond
	longestWait = 30 * time.Second
	ranWell     = time.Minute

	// stopTime is what the program has to end itself.
	stopTime = 10 * time.Second
	// drainTime is what is left of the output of a program that has ended.
	drainTime = 200 * time.Millisecond

	// The limits on open files: programs that know better raise theirs.
	softFiles, hardFiles = 1 << 16, 1 << 19
)

// supervise runs the program, again whenever it fails, until the machine is to
// end.
func (p *pid1) supervise() request {
	limit := unix.Rlimit{Cur: softFiles, Max: hardFiles}
	if err := p.sys.setLimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		p.report("program", errors.Wrap(err, "raising the limit on open files"))
	}
	var delay backoff
	for {
		started := p.sys.uptime()
		ended, err := p.runProgram()
		if ended != nil {
			return *ended
		}
		if err == nil {
			return request{powerOff, "the program has ended"}
		}
		wait := delay.next(p.sys.uptime() - started)
		p.report("program", fmt.Errorf("%w; starting it again in %s", err, wait.Round(time.Millisecond)))
		select {
		case r := <-p.requests:
			return r
		case <-p.sys.after(wait):
		}
	}
}

// runProgram runs the program once. It returns a request if one came, in which
// case the program has ended too, and else how the program ended, nil for well.
func (p *pid1) runProgram() (*request, error) {
	pid, status, output, err := p.startProgram()
	if err != nil {
		return nil, err
	}
	select {
	case s := <-status:
		p.drain(output)
		_ = p.sys.kill(-pid, syscall.SIGKILL) // what it left behind
		return nil, exitError(s)
	case r := <-p.requests:
		p.console.printf("machine: %s: stopping the program", r.cause)
		p.stopProgram(pid, status)
		p.drain(output)
		return &r, nil
	}
}

// startProgram starts the program with its output on the consoles. output is
// closed when the program and its children have closed theirs.
func (p *pid1) startProgram() (pid int, status <-chan syscall.WaitStatus, output <-chan struct{}, err error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, nil, nil, errors.Wrap(err, "starting the program")
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return 0, nil, nil, errors.Wrap(err, "starting the program")
	}
	defer w.Close()
	path, argv := p.command()
	pid, status, err = p.reaper.start(path, argv, &syscall.ProcAttr{
		Dir:   p.sys.root,
		Env:   p.environment(),
		Files: []uintptr{null.Fd(), w.Fd(), w.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		_ = r.Close()
		return 0, nil, nil, errors.Wrapf(err, "starting the program %s", path)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer r.Close()
		p.console.copy(r)
	}()
	return pid, status, done, nil
}

// drain lets the last lines of a program come before what is said of its end.
func (p *pid1) drain(output <-chan struct{}) {
	select {
	case <-output:
	case <-p.sys.after(drainTime): // its children may go on
	}
}

// stopProgram asks the program to end, and makes it.
func (p *pid1) stopProgram(pid int, status <-chan syscall.WaitStatus) {
	_ = p.sys.kill(pid, syscall.SIGTERM)
	select {
	case s := <-status:
		if err := exitError(s); err != nil {
			p.report("program", err)
		}
	case <-p.sys.after(stopTime):
		p.report("program", errors.Errorf("it did not end within %s: killing it", stopTime))
		_ = p.sys.kill(-pid, syscall.SIGKILL)
	}
}

// command is what to run: what the configuration names, or the option, or this
// executable as an ordinary program.
func (p *pid1) command() (path string, argv []string) {
	path = p.config.Program.Path
	if path == "" {
		path = p.settings.program
	}
	name := path
	if path == "" {
		path, name = "/proc/self/exe", os.Args[0]
	}
	return path, append([]string{name}, p.config.Program.Args...)
}

// environment is the program's: what every program expects, and its own.
func (p *pid1) environment() []string {
	return append([]string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/", "TERM=linux", "HOSTNAME=" + p.config.Hostname, "SCRATCHMACHINE=" + Version, // logging.MachineEnv
	}, p.config.Program.Env...)
}

// exitError says how a process failed, nil if it did not.
func exitError(s syscall.WaitStatus) error {
	switch {
	case s.Signaled() && s.CoreDump():
		return errors.Errorf("killed by signal %d (%s, core dumped)", s.Signal(), s.Signal())
	case s.Signaled():
		return errors.Errorf("killed by signal %d (%s)", s.Signal(), s.Signal())
	case s.ExitStatus() != 0:
		return errors.Errorf("exit status %d", s.ExitStatus())
	}
	return nil
}

// backoff grows with each failure in a row.
type backoff struct{ failures int }

// next is how long to wait after a failure of a program that ran for so long:
// twice the last time, each a random tenth more or less, so that many machines
// do not do it all at once.
func (b *backoff) next(ran time.Duration) time.Duration {
	if ran >= ranWell {
		b.failures = 0
	}
	wait := longestWait
	if b.failures < 20 {
		wait = min(firstDelay<<b.failures, longestWait)
	}
	b.failures++
	return wait*9/10 + rand.N(wait/5)
}
