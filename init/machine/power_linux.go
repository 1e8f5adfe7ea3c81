package machine

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// action is how a machine ends.
type action int

const (
	powerOff action = iota
	reboot
	halt
)

// rebootCommand are the actions' commands of reboot(2).
var rebootCommand = map[action]int{
	powerOff: unix.LINUX_REBOOT_CMD_POWER_OFF,
	reboot:   unix.LINUX_REBOOT_CMD_RESTART,
	halt:     unix.LINUX_REBOOT_CMD_HALT,
}

func (a action) String() string {
	switch a {
	case reboot:
		return "rebooting"
	case halt:
		return "halting"
	}
	return "powering off"
}

// signals takes those by which a machine is told something. Ctrl-Alt-Del
// becomes SIGINT to PID 1 once the kernel is told not to reboot at once.
func (p *pid1) signals() error {
	children, ends := make(chan os.Signal, 1), make(chan os.Signal, 8)
	signal.Notify(children, syscall.SIGCHLD)
	signal.Notify(ends, syscall.SIGTERM, syscall.SIGPWR, syscall.SIGINT)
	p.background("reaper", func() {
		for range children {
			p.reaper.reap()
		}
	})
	p.background("signals", func() {
		for s := range ends {
			p.request(onSignal(s))
		}
	})
	return errors.Wrap(p.sys.reboot(unix.LINUX_REBOOT_CMD_CAD_OFF), "taking Ctrl-Alt-Del")
}

// panicTimeout is the kernel's setting for how many seconds after a panic it
// reboots, where 0 is never (Documentation/admin-guide/sysctl/kernel.rst).
const panicTimeout = "proc/sys/kernel/panic"

// rebootOnPanic keeps a kernel that was told nothing of it from standing still
// after a panic, such as when PID 1 has ended.
func (p *pid1) rebootOnPanic() error {
	path := filepath.Join(p.sys.root, panicTimeout)
	set, err := os.ReadFile(path)
	if err != nil || strings.TrimSpace(string(set)) != "0" {
		return err
	}
	return os.WriteFile(path, []byte("10"), 0o644)
}

func onSignal(s os.Signal) request {
	if s == syscall.SIGINT {
		return request{reboot, "Ctrl-Alt-Del"}
	}
	return request{powerOff, "signal " + s.String()}
}

// request asks the machine to end. One more request than can be kept is none.
func (p *pid1) request(r request) {
	select {
	case p.requests <- r:
	default:
	}
}
