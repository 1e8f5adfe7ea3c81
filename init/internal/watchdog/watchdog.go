//go:build linux

// Package watchdog feeds the device that resets the machine unless it is fed again and
// again. When to feed it belongs here; what makes a machine healthy does not.
package watchdog

import (
	"cmp"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// Watchdog is a watchdog that is armed and fed. It is nil on a machine without one.
type Watchdog struct {
	kernel *kernelapi.Kernel
	report report.Reporter
	device kernelapi.Watchdog
	ill    func() bool
	left   chan struct{} // closed when the feeding ends
}

// Arm arms the watchdog of the configuration and starts feeding it. It does not feed
// while ill returns true. It returns nil if the configuration has no watchdog.
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

// feed feeds the watchdog until Leave is called.
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

// Leave ends the feeding but leaves the watchdog armed, so that a machine that hangs
// while it ends is reset.
func (w *Watchdog) Leave() { close(w.left) }

// Disarm stops the watchdog, for a machine that shall stay halted.
func (w *Watchdog) Disarm() error { return w.device.Disarm() }
