//go:build linux

// Package watchdog feeds the device that resets the machine unless it hears, again
// and again, that all is well. What enters here is when to feed it, not what
// "well" means.
package watchdog

import (
	"cmp"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// Watchdog is one that is armed and fed. A nil one is that of a machine without.
type Watchdog struct {
	kernel *kernelapi.Kernel
	report report.Reporter
	device kernelapi.Watchdog
	ill    func() bool
	left   chan struct{} // closed when it is fed no more
}

// Arm arms the watchdog that the configuration asks for, nil if it asks for none,
// and feeds it from now on, but not while ill returns true.
func Arm(k *kernelapi.Kernel, r report.Reporter, c config.Watchdog, ill func() bool) (*Watchdog, error) {
	if c.Timeout == 0 {
		return nil, nil
	}
	device, err := k.Watchdog(k.Path(cmp.Or(c.Device, config.DefaultWatchdog)), c.Timeout)
	if err != nil {
		return nil, err
	}
	w := &Watchdog{kernel: k, report: r, device: device, ill: ill, left: make(chan struct{})}
	report.Go(r, "watchdog", func() { w.feed(time.Duration(c.Timeout) * time.Second / 4) })
	return w, nil
}

// feed feeds the watchdog until it is left.
func (w *Watchdog) feed(interval time.Duration) {
	failing := false
	for {
		if !w.ill() {
			err := w.device.Feed()
			if err != nil && !failing {
				w.report.Report("watchdog", err)
			}
			failing = err != nil
		}
		select {
		case <-w.kernel.After(interval):
		case <-w.left:
			return
		}
	}
}

// Leave ends the feeding, so that a machine that hangs at its very end is reset.
func (w *Watchdog) Leave() { close(w.left) }

// Disarm has the device leave alone a machine that is to stay halted.
func (w *Watchdog) Disarm() error { return w.device.Disarm() }
