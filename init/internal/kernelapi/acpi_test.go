//go:build linux

package kernelapi

import (
	"strings"
	"testing"
)

// acpiEvent returns the message that QEMU's power button causes: a struct genlmsghdr,
// then a netlink attribute with a struct acpi_genl_event (drivers/acpi/event.c).
func acpiEvent(class string) []byte {
	event := make([]byte, 20+15+1+8) // device_class, bus_id, type, data
	copy(event, class)
	length := 4 + len(event)
	message := []byte{1, 1, 0, 0, byte(length), 0, acpiEventAttr, 0}
	return append(message, event...)
}

func TestEventClass(t *testing.T) {
	if got := eventClass(acpiEvent("button/power")); got != "button/power" {
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
