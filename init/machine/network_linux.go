package machine

import (
	"slices"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// watchPause comes before the kernel is asked for word of its interfaces anew.
const watchPause = time.Second

// network brings up the loopback interface, and sets going what configures the
// others when they appear. It waits for none of them: see awaitAddress.
func (p *pid1) network() error {
	report.Go(p, "network", p.watchAddresses)
	report.Go(p, "network", p.watchInterfaces)
	lo, err := p.kernel.Links.LinkByName("lo")
	if err != nil {
		return errors.Wrap(err, "finding the loopback interface")
	}
	return errors.Wrap(p.kernel.Links.LinkSetUp(lo), "bringing up the loopback interface")
}

// watchInterfaces has each interface configured by the first entry that matches
// it, from when it is there until it is gone.
func (p *pid1) watchInterfaces() {
	running := map[int]*nic{}
	for {
		updates, err := p.kernel.WatchLinks()
		if err != nil {
			p.Report("network", errors.Wrap(err, "watching the interfaces"))
		}
		for u := range updates {
			index := u.Attrs().Index
			n, known := running[index]
			switch {
			case u.Header.Type == unix.RTM_DELLINK:
				if known {
					n.stop()
					delete(running, index)
				}
			case known:
				n.hear(u)
			default:
				if entry, ok := p.matching(u.Link); ok {
					running[index] = p.start(u.Link, entry)
					running[index].hear(u)
				}
			}
		}
		<-p.kernel.After(watchPause) // the kernel had more to say than it could keep
	}
}

// awaitAddress holds up the program's start until the machine has an address,
// as programs that ask others when they start expect one, but not for ever.
func (p *pid1) awaitAddress() error {
	wait, err := config.Duration("network.wait", p.config.Network.Wait, config.DefaultWait)
	if err != nil {
		p.Report("network", err)
	}
	if wait == 0 || !slices.ContainsFunc(p.config.Network.Interfaces, givesAddress) {
		return nil
	}
	if !p.mayGetAddress() {
		return errors.New("not waiting for an address: no network card is one of the configuration's, or it has no driver " +
			"(is that among the modules?). One that appears is configured")
	}
	select {
	case <-p.names.online:
		return nil
	case <-p.kernel.After(wait):
	}
	return errors.Errorf("there is no address after %s; the machine goes on and keeps asking", wait)
}
