package machine

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestOnSignal(t *testing.T) {
	if r := onSignal(syscall.SIGINT); r.action != reboot || r.cause != "Ctrl-Alt-Del" {
		t.Errorf("SIGINT: %v", r)
	}
	if r := onSignal(syscall.SIGTERM); r.action != powerOff || r.cause != "signal terminated" {
		t.Errorf("SIGTERM: %v", r)
	}
}

// TestRequestNeverBlocks: a button pressed a hundred times is one request.
func TestRequestNeverBlocks(t *testing.T) {
	f := newFake(t)
	for range 100 {
		f.request(request{powerOff, "power button"})
	}
	if r := <-f.requests; r.cause != "power button" {
		t.Errorf("%v", r)
	}
}

func TestEnd(t *testing.T) {
	for r, want := range map[request]int{
		{powerOff, "power button"}:  unix.LINUX_REBOOT_CMD_POWER_OFF,
		{reboot, "Ctrl-Alt-Del"}:    unix.LINUX_REBOOT_CMD_RESTART,
		{halt, "the program fails"}: unix.LINUX_REBOOT_CMD_HALT,
	} {
		f := newFake(t)
		f.sys.after = time.After
		f.failures["reboot"] = unix.EPERM
		f.end(r)
		if got := <-f.ended; got != want {
			t.Errorf("%v asked for %#x, want %#x", r, got, want)
		}
		if f.called() != "kill everything, sync, reboot" {
			t.Error(f.called())
		}
		f.wantShown(t, "machine: "+r.cause+": "+r.action.String()+"\r\n", "failed: operation not permitted")
	}
}

// TestRebootOnPanic: what the command line says of it holds.
func TestRebootOnPanic(t *testing.T) {
	f := newFake(t)
	if err := f.rebootOnPanic(); err == nil {
		t.Error("a setting that is not there is set")
	}
	for set, want := range map[string]string{"0\n": "10", "30\n": "30\n", "-1\n": "-1\n"} {
		f.write(t, panicTimeout, set)
		if err := f.rebootOnPanic(); err != nil || f.read(t, panicTimeout) != want {
			t.Errorf("%q becomes %q, %v, want %q", set, f.read(t, panicTimeout), err, want)
		}
	}
}

// TestAtEnd: the last things to do are done in the reverse order, and neither a
// failure nor a panic nor one that hangs keeps the machine from its end.
func TestAtEnd(t *testing.T) {
	f := newFake(t)
	f.sys.after = func(d time.Duration) <-chan time.Time { return time.After(min(d, 50*time.Millisecond)) }
	f.atEnd("disk", func() error { return f.call("unmount") })
	f.atEnd("log", func() error { panic("a fault") })
	f.atEnd("stuck", func() error { select {} })
	f.failures["unmount"] = unix.EBUSY
	f.end(request{powerOff, "power button"})
	if f.called() != "kill everything, unmount, sync, reboot" {
		t.Error(f.called())
	}
	f.wantShown(t, "machine: stuck: it did not end within 10s: going on without it", "machine: log: panic: a fault",
		"machine: disk: device or resource busy")
}

func TestPowerButton(t *testing.T) {
	f := newFake(t)
	events := make(chan string, 2)
	events <- "button/lid"
	events <- powerButton
	f.sys.acpiEvents = func() (<-chan string, error) { return events, nil }
	if err := f.powerButton(); err != nil {
		t.Fatal(err)
	}
	if r := <-f.requests; r != (request{powerOff, "power button"}) {
		t.Errorf("%v", r)
	}
}

// acpiEvent is the message that QEMU's power button makes: struct genlmsghdr,
// then a netlink attribute with struct acpi_genl_event (drivers/acpi/event.c).
func acpiEvent(class string) []byte {
	event := make([]byte, 20+15+1+8) // device_class, bus_id, type, data
	copy(event, class)
	length := 4 + len(event)
	message := []byte{1, 1, 0, 0, byte(length), 0, acpiEventAttr, 0}
	return append(message, event...)
}

func TestEventClass(t *testing.T) {
	if got := eventClass(acpiEvent("button/power")); got != powerButton {
		t.Errorf("%q", got)
	}
	for _, bad := range []string{"", "\x01", "\x01\x01\x00\x00", "\x01\x01\x00\x00\xff\xff\x01\x00"} {
		if got := eventClass([]byte(bad)); got != "" {
			t.Errorf("%q in %q", got, bad)
		}
	}
}

func FuzzEventClass(f *testing.F) {
	f.Add(acpiEvent("button/power"))
	f.Add([]byte("\x01\x01\x00\x00\x04\x00\x01\x00"))
	f.Add([]byte("\x01\x01\x00\x00\x05\x00\x01\x00x")) // not padded
	f.Fuzz(func(t *testing.T, message []byte) {
		if class := eventClass(message); strings.ContainsRune(class, 0) {
			t.Errorf("%q", class)
		}
	})
}
