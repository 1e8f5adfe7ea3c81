package machine

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// action is how a machine ends.
type action int

const (
	powerOff action = iota
	reboot
)

// rebootCommand are the actions' commands of reboot(2).
var rebootCommand = map[action]int{
	powerOff: unix.LINUX_REBOOT_CMD_POWER_OFF,
	reboot:   unix.LINUX_REBOOT_CMD_RESTART,
}

func (a action) String() string {
	if a == reboot {
		return "rebooting"
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

// killTime is what processes have to vanish after SIGKILL.
const killTime = 100 * time.Millisecond

// end ends the machine in order. It never returns.
func (p *pid1) end(r request) {
	p.console.printf("machine: %s: %s", r.cause, r.action)
	_ = p.sys.kill(-1, syscall.SIGKILL) // everything but PID 1
	<-p.sys.after(killTime)
	p.sys.sync()
	p.console.flush(flushTime)
	err := p.sys.reboot(rebootCommand[r.action])
	// Only a kernel without the means gets here.
	p.report("power", errors.Wrapf(err, "%s failed", r.action))
	p.console.flush(flushTime)
	p.sys.park()
}
