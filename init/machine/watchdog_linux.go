package machine

import (
	"cmp"
	"path/filepath"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	device "github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/watchdog"
)

// watchdog is a device that resets the machine unless it is fed in time.
type watchdog interface {
	Feed() error
	Disarm() error
}

func openWatchdog(path string, seconds int) (watchdog, error) { return device.Open(path, seconds) }

// armWatchdog arms the watchdog that the configuration asks for, and feeds it
// from now on, while the program works.
func (p *pid1) armWatchdog() error {
	c := p.config.Watchdog
	if c.Timeout == 0 {
		return nil
	}
	armed, err := p.sys.watchdog(filepath.Join(p.sys.root, cmp.Or(c.Device, config.DefaultWatchdog)), c.Timeout)
	if err != nil {
		return err
	}
	p.watchdog = armed
	p.background("watchdog", func() { p.feed(time.Duration(c.Timeout) * time.Second / 4) })
	return nil
}

// feed feeds the watchdog until the machine is about to end.
func (p *pid1) feed(interval time.Duration) {
	failing := false
	for {
		if !p.sick() {
			err := p.watchdog.Feed()
			if err != nil && !failing {
				p.report("watchdog", err)
			}
			failing = err != nil
		}
		select {
		case <-p.sys.after(interval):
		case <-p.fed:
			return
		}
	}
}

// leaveWatchdog ends the feeding, so that a machine that hangs at its very end
// is reset. One that is to stay halted is left alone.
func (p *pid1) leaveWatchdog(a action) {
	if p.watchdog == nil {
		return
	}
	close(p.fed)
	if a == halt {
		p.within(ending{"watchdog", p.watchdog.Disarm})
	}
}
