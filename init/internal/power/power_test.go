//go:build linux

package power

import (
	"syscall"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

func TestOnSignal(t *testing.T) {
	if action, cause := onSignal(syscall.SIGINT); action != Reboot || cause != "Ctrl-Alt-Del" {
		t.Errorf("SIGINT: %v, %s", action, cause)
	}
	if action, cause := onSignal(syscall.SIGTERM); action != Off || cause != "signal terminated" {
		t.Errorf("SIGTERM: %v, %s", action, cause)
	}
}

// TestRequestNeverBlocks: a button may be pressed more often than the queue has room.
func TestRequestNeverBlocks(t *testing.T) {
	requests := NewRequests()
	for range 100 {
		requests.Add(Off, "power button")
	}
	if r := <-requests; r.Cause != "power button" {
		t.Errorf("%v", r)
	}
}

func TestPowerButton(t *testing.T) {
	f, requests := kernelfake.New(t), NewRequests()
	events := make(chan string, 2)
	events <- "button/lid"
	events <- powerButton
	f.ACPIEvents = func() (<-chan string, error) { return events, nil }
	if err := requests.ListenForButton(f.Kernel, f); err != nil {
		t.Fatal(err)
	}
	if r := <-requests; r != (Request{Off, "power button"}) {
		t.Errorf("%v", r)
	}
}
