//go:build linux

// Package power receives requests to end the machine: from a button, a key, a signal or
// a call. Whoever can ask for it belongs here; what is then done does not.
package power

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// Action is how a machine ends.
type Action int

const (
	Off Action = iota
	Reboot
	Halt
)

func (a Action) String() string {
	switch a {
	case Reboot:
		return "rebooting"
	case Halt:
		return "halting"
	}
	return "powering off"
}

// Command returns the action's command for reboot(2).
func (a Action) Command() int {
	switch a {
	case Reboot:
		return unix.LINUX_REBOOT_CMD_RESTART
	case Halt:
		return unix.LINUX_REBOOT_CMD_HALT
	}
	return unix.LINUX_REBOOT_CMD_POWER_OFF
}

// Request is how the machine shall end, and who asked for it or why.
type Request struct {
	Action Action
	Cause  string
}

// Requests is the queue of requests that nobody has taken yet.
type Requests chan Request

// NewRequests returns an empty queue.
func NewRequests() Requests { return make(Requests, 8) }

// Add asks the machine to end. It never blocks: if the queue is full, the machine is
// about to end anyway.
func (r Requests) Add(action Action, cause string) {
	select {
	case r <- Request{action, cause}:
	default:
	}
}

// ListenForSignals turns SIGTERM, SIGPWR and SIGINT into requests. It tells the kernel
// to send SIGINT to PID 1 on Ctrl-Alt-Del, instead of rebooting at once.
func (r Requests) ListenForSignals(k *kernelapi.Kernel, to report.Reporter) error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGPWR, syscall.SIGINT)
	report.Go(to, "signals", func() {
		for s := range signals {
			r.Add(onSignal(s))
		}
	})
	return errors.Wrap(k.Reboot(unix.LINUX_REBOOT_CMD_CAD_OFF), "taking over Ctrl-Alt-Del")
}

func onSignal(s os.Signal) (Action, string) {
	if s == syscall.SIGINT {
		return Reboot, "Ctrl-Alt-Del"
	}
	return Off, "signal " + s.String()
}
