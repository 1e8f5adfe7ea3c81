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
	// inputDevices are the devices of keys, on a kernel with evdev
	// (Documentation/input/input.rst).
	inputDevices = "dev/input/event*"
	// The type of a key's event, the code of the power key, and the value of an event
	// for a key that is pressed, not released or repeated (linux/input-event-codes.h;
	// Documentation/input/event-codes.rst).
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

// listenForKeys listens for the power key where there is no ACPI. A machine described
// by a device tree has a key on a GPIO pin as its power button.
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

// awaitPowerKey waits until the power key of a device is pressed. It returns an error
// when the device can no longer be read.
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
