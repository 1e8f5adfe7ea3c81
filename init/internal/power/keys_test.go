//go:build linux

package power

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
	"unsafe"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/abitest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
	"golang.org/x/sys/unix"
)

// keyEvents returns the bytes that the kernel gives for events of an input device.
func keyEvents(t *testing.T, events ...inputEvent) []byte {
	t.Helper()
	var raw []byte
	for _, e := range events {
		var err error
		e.Time = unix.Timeval{Sec: 1, Usec: 1}
		if raw, err = binary.Append(raw, binary.NativeEndian, e); err != nil {
			t.Fatal(err)
		}
	}
	return raw
}

func TestAwaitPowerKey(t *testing.T) {
	press := inputEvent{Type: eventKey, Code: keyPower, Value: keyPressed}
	tests := []struct {
		name string
		raw  []byte
		want error
	}{
		{"pressed", keyEvents(t, press), nil},
		{"another key, then pressed", keyEvents(t, inputEvent{Type: eventKey, Code: 30, Value: keyPressed}, inputEvent{}, press), nil},
		{"let go", keyEvents(t, inputEvent{Type: eventKey, Code: keyPower}), io.EOF},
		{"held down", keyEvents(t, inputEvent{Type: eventKey, Code: keyPower, Value: 2}), io.EOF},
		{"another type", keyEvents(t, inputEvent{Type: 2, Code: keyPower, Value: 1}), io.EOF},
		{"a part of an event", keyEvents(t, press)[:20], io.ErrUnexpectedEOF},
		{"no device", nil, io.EOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := awaitPowerKey(bytes.NewReader(test.raw)); err != test.want {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

// TestPowerKey: the input devices are used if there is no ACPI, and only then.
func TestPowerKey(t *testing.T) {
	press := string(keyEvents(t, inputEvent{Type: eventKey, Code: keyPower, Value: keyPressed}))
	f, requests := kernelfake.New(t), NewRequests()
	f.WriteFile(t, "dev/input/event0", "")
	f.WriteFile(t, "dev/input/event1", press)
	if err := requests.ListenForButton(f.Kernel, f); err != nil {
		t.Fatal(err)
	}
	if r := <-requests; r != (Request{Off, "power button"}) {
		t.Errorf("%v", r)
	}

	acpi, requests := kernelfake.New(t), NewRequests()
	acpi.WriteFile(t, "dev/input/event0", press)
	events := make(chan string)
	acpi.ACPIEvents = func() (<-chan string, error) { return events, nil }
	if err := requests.ListenForButton(acpi.Kernel, acpi); err != nil {
		t.Fatal(err)
	}
	events <- "button/lid"
	close(events)
	if len(requests) > 0 {
		t.Error("the power key counts beside ACPI")
	}
}

// TestABI: inputEvent matches the kernel's headers.
func TestABI(t *testing.T) {
	var key inputEvent
	abitest.Check(t, "linux/input.h", []abitest.Value{
		{C: "sizeof(struct input_event)", Go: unsafe.Sizeof(key)},
		{C: "offsetof(struct input_event, type)", Go: unsafe.Offsetof(key.Type)},
		{C: "offsetof(struct input_event, code)", Go: unsafe.Offsetof(key.Code)},
		{C: "offsetof(struct input_event, value)", Go: unsafe.Offsetof(key.Value)},
		{C: "EV_KEY", Go: eventKey},
		{C: "KEY_POWER", Go: keyPower},
	})
}
