//go:build linux

package power

import (
	"github.com/pkg/errors"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// powerButton is the device class of the power button's ACPI events.
const powerButton = "button/power"

// ListenForButton turns presses of the ACPI power button into requests. The kernel
// needs the driver "button"; without it no event ever comes. Without ACPI, it listens
// for the power key.
func (r Requests) ListenForButton(k *kernelapi.Kernel, to report.Reporter) error {
	events, err := k.ACPIEvents()
	if err != nil {
		return errors.Wrap(err, "listening for the power button")
	}
	if events == nil {
		return errors.Wrap(r.listenForKeys(k, to), "listening for the power key")
	}
	report.Go(to, "power button", func() {
		for class := range events {
			if class == powerButton {
				r.Add(Off, "power button")
			}
		}
	})
	return nil
}
