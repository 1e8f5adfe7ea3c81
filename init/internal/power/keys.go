//go:build linux

package power

import (
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"unsafe"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
	"golang.org/x/sys/unix"
)

const (
	// inputDevices are those of the keys, on a kernel with evdev
	// (Documentation/input/input.rst).
	inputDevices = "dev/input/event*"
	// The type of a key's event, the power key's code, and the value of an event
	// by which a key is pressed, not let go or repeated
	// (linux/input-event-codes.h; Documentation/input/event-codes.rst).
	eventKey   = 1
	keyPower   = 116
	keyPressed = 1
)

// inputEvent is the kernel's struct input_event on 64 bits (linux/input.h).
type inputEvent struct {
	Time       unix.Timeval
	Type, Code uint16
	Value      int32
}

// listenForKeys listens for the power key where there is no ACPI: a machine that is
// described by a device tree has its power button as a key at a GPIO pin.
func (r Requests) listenForKeys(k *kernelapi.Kernel, to report.Reporter) error {
	paths, err := filepath.Glob(k.Path(inputDevices))
	if err != nil {
		return err
	}
	for _, path := range paths {
		device, err := os.Open(path)
		if err != nil {
			return err
		}
		report.Go(to, "power key", func() {
			for awaitPowerKey(device) == nil {
				r.Add(Off, "power button")
			}
		})
	}
	return nil
}

// awaitPowerKey returns nil when the power key of a device is pressed, and an
// error when there is nothing more to be read of it.
func awaitPowerKey(device io.Reader) error {
	raw := make([]byte, unsafe.Sizeof(inputEvent{}))
	for {
		if _, err := io.ReadFull(device, raw); err != nil {
			return err
		}
		var e inputEvent
		if _, err := binary.Decode(raw, binary.NativeEndian, &e); err != nil {
			return err
		}
		if e.Type == eventKey && e.Code == keyPower && e.Value == keyPressed {
			return nil
		}
	}
}
