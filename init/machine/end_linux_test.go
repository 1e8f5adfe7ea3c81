package machine

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/power"
)

func TestEnd(t *testing.T) {
	for r, want := range map[power.Request]int{
		{Action: power.Off, Cause: "power button"}:       unix.LINUX_REBOOT_CMD_POWER_OFF,
		{Action: power.Reboot, Cause: "Ctrl-Alt-Del"}:    unix.LINUX_REBOOT_CMD_RESTART,
		{Action: power.Halt, Cause: "the program fails"}: unix.LINUX_REBOOT_CMD_HALT,
	} {
		f := newFake(t)
		f.Kernel.Kernel.After = time.After
		f.Failures["reboot"] = unix.EPERM
		f.end(r)
		if got := <-f.Rebooted; got != want {
			t.Errorf("%v asked for %#x, want %#x", r, got, want)
		}
		if f.Called() != "kill everything, sync, reboot" {
			t.Error(f.Called())
		}
		f.wantShown(t, "machine: "+r.Cause+": "+r.Action.String()+"\r\n", "failed: operation not permitted")
	}
}

// TestAtEnd: the endings run in reverse order. Neither a failure, nor a panic, nor one
// that hangs keeps the machine from ending.
func TestAtEnd(t *testing.T) {
	f := newFake(t)
	f.Kernel.Kernel.After = func(d time.Duration) <-chan time.Time { return time.After(min(d, 50*time.Millisecond)) }
	f.atEnd("disk", func() error { return f.Call("unmount") })
	f.atEnd("log", func() error { panic("a fault") })
	f.atEnd("stuck", func() error { select {} })
	f.Failures["unmount"] = unix.EBUSY
	f.end(power.Request{Action: power.Off, Cause: "power button"})
	if f.Called() != "kill everything, unmount, sync, reboot" {
		t.Error(f.Called())
	}
	f.wantShown(t, "machine: stuck: it did not end within 10s: going on without it", "machine: log: panic: a fault",
		"machine: disk: device or resource busy")
}
