package machine

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// nic is one interface and what keeps it configured.
type nic struct {
	*pid1
	link    netlink.Link
	name    string
	entry   config.Interface
	stop    context.CancelFunc // when it is gone
	carrier chan bool          // what the kernel says of its link
	leased4 atomic.Bool
}

// start configures an interface for as long as it is there.
func (p *pid1) start(link netlink.Link, entry config.Interface) *nic {
	p.interfaces.Add(1)
	ctx, stop := context.WithCancel(context.Background())
	n := &nic{pid1: p, link: link, name: link.Attrs().Name, entry: entry, stop: stop, carrier: make(chan bool, 16)}
	p.background("network", func() {
		if err := n.run(ctx); err != nil {
			p.report("network", err)
		}
	})
	return n
}

// hear tells the interface of a change that the kernel has announced. What comes
// faster than it can be taken is forgotten: the link is not well then anyway.
func (n *nic) hear(u netlink.LinkUpdate) {
	select {
	case n.carrier <- u.IfInfomsg.Flags&unix.IFF_LOWER_UP != 0:
	default:
	}
}

// run brings the interface up before all else, since nothing takes longer, and
// asks servers at once: the kernel's word that the link is there can be late by
// a second (net/core/link_watch.c). When the link has been away they are asked
// again whether what they gave still holds.
func (n *nic) run(ctx context.Context) error {
	n.prepareIPv6()
	n.setMTU(n.entry.MTU)
	up := n.timeline.stage("link")
	n.waitCarrier(n.name)
	if err := n.sys.links.LinkSetUp(n.link); err != nil {
		return errors.Wrapf(err, "bringing up %s", n.name)
	}
	up()
	keeper := n.dhcp4()
	for first := true; ctx.Err() == nil; first = false {
		n.static(first)
		session, end := context.WithCancel(ctx)
		var running sync.WaitGroup
		if n.entry.DHCP {
			running.Go(func() { n.lasting("dhcp", func() { keeper.Run(session) }) })
		}
		n.linkReturns(ctx, first)
		end()
		running.Wait()
	}
	return nil
}

// linkReturns waits until the link has been away and is back. That it comes for
// the first time counts if nothing has been heard on it yet.
func (n *nic) linkReturns(ctx context.Context, first bool) {
	away := false
	for {
		select {
		case <-ctx.Done():
			return
		case there := <-n.carrier:
			if there && away && !(first && n.leased4.Load()) {
				n.console.printf("machine: network: the link of %s is there", n.name)
				return
			}
			first = first && !there
			if !there && !away && !first {
				n.console.printf("machine: network: the link of %s is gone", n.name)
			}
			away = !there
		}
	}
}

func (n *nic) setMTU(mtu int) {
	if mtu == 0 {
		return
	}
	if err := n.sys.links.LinkSetMTU(n.link, mtu); err != nil {
		n.report("network", errors.Wrapf(err, "setting the MTU of %s to %d", n.name, mtu))
	}
}

// setIPv6 writes one of the kernel's settings for IPv6 on the interface
// (Documentation/networking/ip-sysctl.rst). A kernel without IPv6 has none.
func (n *nic) setIPv6(setting, value string) {
	path := filepath.Join(n.sys.root, "proc/sys/net/ipv6/conf", n.name, setting)
	if err := os.WriteFile(path, []byte(value), 0o644); err != nil && !os.IsNotExist(err) {
		n.report("network", errors.Wrapf(err, "setting %s of %s", setting, n.name))
	}
}
