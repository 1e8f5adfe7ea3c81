package machine

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"golang.org/x/sys/unix"
)

// keyEvents is what the kernel lets be read of an input device.
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

// TestPowerKey: where there is no ACPI, the input devices are asked, and only there.
func TestPowerKey(t *testing.T) {
	press := string(keyEvents(t, inputEvent{Type: eventKey, Code: keyPower, Value: keyPressed}))
	f := newFake(t)
	f.write(t, "dev/input/event0", "")
	f.write(t, "dev/input/event1", press)
	if err := f.powerButton(); err != nil {
		t.Fatal(err)
	}
	if r := <-f.requests; r != (request{powerOff, "power button"}) {
		t.Errorf("%v", r)
	}

	acpi := newFake(t)
	acpi.write(t, "dev/input/event0", press)
	events := make(chan string)
	acpi.sys.acpiEvents = func() (<-chan string, error) { return events, nil }
	if err := acpi.powerButton(); err != nil {
		t.Fatal(err)
	}
	events <- "button/lid"
	close(events)
	if len(acpi.requests) > 0 {
		t.Error("the power key counts beside ACPI")
	}
}
