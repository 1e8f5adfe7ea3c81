package debug

import (
	"os"
	"syscall"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/debug/pty"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/debug/sshd"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

// self is this executable, even if its file was replaced or removed.
const self = "/proc/self/exe"

// starter starts shells for SSH sessions.
type starter struct {
	m    machine.Machine
	home string // the shell's working folder
}

func (s starter) start(c sshd.Command) (*sshd.Process, error) {
	if c.Terminal != nil {
		return s.onTerminal(c)
	}
	return s.onPipes(c)
}

func (s starter) onPipes(c sshd.Command) (p *sshd.Process, err error) {
	var ours, theirs [3]*os.File
	defer func() {
		closeAll(theirs[:])
		if err != nil {
			closeAll(ours[:])
		}
	}()
	for i := range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, errors.Wrap(err, "making a pipe")
		}
		ours[i], theirs[i] = r, w
		if i == 0 {
			ours[i], theirs[i] = w, r
		}
	}
	p, err = s.process(c, theirs, &syscall.SysProcAttr{Setsid: true})
	if err != nil {
		return nil, err
	}
	p.Stdin, p.Stdout, p.Stderr = ours[0], ours[1], ours[2]
	p.Resize = func(int, int) {}
	return p, nil
}

func (s starter) onTerminal(c sshd.Command) (*sshd.Process, error) {
	master, tty, err := pty.Open()
	if err != nil {
		return nil, err
	}
	defer tty.Close()
	_ = pty.Resize(master, c.Terminal.Width, c.Terminal.Height) // an error changes only the appearance
	if c.Terminal.Name != "" {
		c.Env = append(c.Env, "TERM="+c.Terminal.Name)
	}
	p, err := s.process(c, [3]*os.File{tty, tty, tty}, &syscall.SysProcAttr{Setsid: true, Setctty: true})
	if err != nil {
		_ = master.Close()
		return nil, err
	}
	p.Stdin, p.Stdout = master, master
	p.Resize = func(width, height int) { _ = pty.Resize(master, width, height) }
	return p, nil
}

// process starts the shell in a new session, and so in a process group of its own.
func (s starter) process(c sshd.Command, files [3]*os.File, sys *syscall.SysProcAttr) (*sshd.Process, error) {
	argv := []string{shellName, "-l"}
	if c.Line != "" {
		argv = []string{shellName, "-c", c.Line}
	}
	pid, status, err := s.m.Start(self, argv, &syscall.ProcAttr{
		Dir: s.home, Env: s.environment(c.Env), Sys: sys,
		Files: []uintptr{files[0].Fd(), files[1].Fd(), files[2].Fd()},
	})
	if err != nil {
		return nil, errors.Wrap(err, "starting the shell")
	}
	exit := make(chan int, 1)
	go func() { exit <- exitStatus(<-status) }()
	return &sshd.Process{Status: exit, Signal: func(name string) {
		if signal := unix.SignalNum("SIG" + name); signal != 0 {
			_ = syscall.Kill(-pid, signal)
		}
	}}, nil
}

// environment returns the shell's environment. The client's variables come last, so
// they win.
func (s starter) environment(client []string) []string {
	return append([]string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=" + s.home, "USER=root", "LOGNAME=root", "SHELL=/bin/sh", "HOSTNAME=" + s.m.Config().Hostname,
	}, client...)
}

// exitStatus returns the exit status that a shell would report.
func exitStatus(s syscall.WaitStatus) int {
	if s.Signaled() {
		return 128 + int(s.Signal())
	}
	return s.ExitStatus()
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}
