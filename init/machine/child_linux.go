package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal"
)

// child is the program while it runs.
type child struct {
	pid    int
	status <-chan syscall.WaitStatus
	// output is closed when the program and its children have closed theirs.
	output <-chan struct{}
}

// startProgram starts the program with its output on the consoles.
func (p *pid1) startProgram() (child, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return child{}, errors.Wrap(err, "starting the program")
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return child{}, errors.Wrap(err, "starting the program")
	}
	defer w.Close()
	// A program that opens /dev/stdout opens the pipe anew, as its user.
	_ = w.Chown(int(p.config.Program.UID), int(p.config.Program.GID))
	path, argv := p.command()
	pid, status, err := p.fork(path, argv, []uintptr{null.Fd(), w.Fd(), w.Fd()})
	if err != nil {
		_ = r.Close()
		return child{}, errors.Wrapf(err, "starting the program %s", path)
	}
	p.offer(pid)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer r.Close()
		p.Copy(journal.Program, r)
	}()
	return child{pid, status, done}, nil
}

// command is what to run: what the configuration names, or the option, or this
// executable as an ordinary program.
func (p *pid1) command() (path string, argv []string) {
	path = p.config.Program.Path
	if path == "" {
		path = p.options.program
	}
	name := path
	if path == "" {
		path, name = "/proc/self/exe", os.Args[0]
	}
	return path, append([]string{name}, p.config.Program.Args...)
}

// environment is the program's: what every program expects, and its own.
func (p *pid1) environment() []string {
	env := []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/", "TERM=linux", "HOSTNAME=" + p.config.Hostname, machineEnv + "=" + Version,
	}
	if p.dataDir != "" {
		env = append(env, "DATA_DIR="+p.dataDir)
	}
	if p.config.Program.Check == checkNotify { // sd_notify(3), sd_watchdog_enabled(3)
		env = append(env, "NOTIFY_SOCKET="+filepath.Join(p.kernel.Root, notifySocket),
			fmt.Sprintf("WATCHDOG_USEC=%d", p.checkTimeout().Microseconds()))
	}
	if hint := p.memoryHint(); hint != "" {
		env = append(env, hint)
	}
	return append(env, p.config.Program.Env...)
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
