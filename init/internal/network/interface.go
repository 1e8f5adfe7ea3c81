//go:build linux

package network

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
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp6"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/ndp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// nic is one interface and the state that keeps it configured.
type nic struct {
	*Network
	link    netlink.Link
	name    string
	entry   config.Interface
	stop    context.CancelFunc // called when the interface is gone
	carrier chan bool          // the kernel's reports: whether there is a link
	leased4 atomic.Bool

	routers   ndp.Routers
	listening sync.WaitGroup
	ask6      chan questions6 // the routers' latest word
	answered  chan struct{}   // a token if a router has said anything
}

// start configures an interface until it is gone.
func (p *Network) start(link netlink.Link, entry config.Interface) *nic {
	if givesAddress(entry) {
		p.interfaces.Add(1)
	}
	ctx, stop := context.WithCancel(context.Background())
	n := &nic{
		Network: p, link: link, name: link.Attrs().Name, entry: entry, stop: stop, carrier: make(chan bool, 16),
		ask6: make(chan questions6, 1), answered: make(chan struct{}, 1),
	}
	report.Go(p, "network", func() {
		if err := n.run(ctx); err != nil {
			p.Report("network", err)
		}
	})
	return n
}

// hear passes on a change that the kernel has announced. It drops changes that come
// faster than they can be handled: such a link is not usable anyway.
func (n *nic) hear(u netlink.LinkUpdate) {
	select {
	case n.carrier <- u.IfInfomsg.Flags&unix.IFF_LOWER_UP != 0:
	default:
	}
}

// run brings the interface up first, since nothing takes longer. It then asks servers
// at once, because the kernel can report the link up to a second late
// (net/core/link_watch.c). Each time the link has been away, it asks the servers again
// whether their leases hold.
func (n *nic) run(ctx context.Context) error {
	n.prepareIPv6()
	if n.autoIPv6() {
		n.listen(ctx)
	}
	n.setMTU(n.entry.MTU)
	up := n.stage("link")
	n.waitCarrier(n.name)
	if err := n.kernel.Links.LinkSetUp(n.link); err != nil {
		return errors.Wrapf(err, "bringing up %s", n.name)
	}
	up()
	n.sessions(ctx)
	n.listening.Wait()
	n.forget()
	return nil
}

// sessions asks servers and routers, and asks again each time the link has been away.
func (n *nic) sessions(ctx context.Context) {
	lease4 := n.dhcp4()
	lease6 := map[questions6]*dhcp.Keeper[*dhcp6.Lease]{askOthers: n.dhcp6(askOthers), askAddress: n.dhcp6(askAddress)}
	for first, back := true, false; ctx.Err() == nil; first = false {
		n.static(first)
		session, end := context.WithCancel(ctx)
		var running sync.WaitGroup
		if n.entry.DHCP {
			running.Go(func() { report.Lasting(n, "dhcp", func() { lease4.Run(session) }) })
		}
		if n.autoIPv6() {
			running.Go(func() { report.Lasting(n, "dhcp", func() { n.keepLease6(session, lease6) }) })
		}
		if n.routers != nil && back {
			running.Go(func() { report.Lasting(n, "network", func() { n.solicit(session) }) })
		}
		back = n.linkReturns(ctx, first)
		end()
		running.Wait()
	}
}

// linkReturns waits until the link was away and is back, and returns true. In the first
// session it also returns when the link comes up, if no server has answered yet. It
// returns false then, because the kernel itself asks the routers the first time.
func (n *nic) linkReturns(ctx context.Context, first bool) (back bool) {
	away := false
	for {
		select {
		case <-ctx.Done():
			return false
		case there := <-n.carrier:
			if there && away && !(first && n.leased4.Load()) {
				if !first {
					n.Printf("machine: network: the link of %s is back", n.name)
				}
				return !first
			}
			first = first && !there
			if !there && !away && !first {
				n.Printf("machine: network: the link of %s is gone", n.name)
			}
			away = !there
		}
	}
}

func (n *nic) setMTU(mtu int) {
	if mtu == 0 {
		return
	}
	if err := n.kernel.Links.LinkSetMTU(n.link, mtu); err != nil {
		n.Report("network", errors.Wrapf(err, "setting the MTU of %s to %d", n.name, mtu))
	}
}

// setIPv6 writes one of the kernel's IPv6 settings for the interface
// (Documentation/networking/ip-sysctl.rst). A kernel without IPv6 has no such settings.
func (n *nic) setIPv6(setting, value string) {
	path := filepath.Join(n.kernel.Root, "proc/sys/net/ipv6/conf", n.name, setting)
	if err := os.WriteFile(path, []byte(value), 0o644); err != nil && !os.IsNotExist(err) {
		n.Report("network", errors.Wrapf(err, "setting %s of %s", setting, n.name))
	}
}
