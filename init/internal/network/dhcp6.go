//go:build linux

package network

import (
	"context"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp6"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/names"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/ndp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// questions6 is what routers say a DHCPv6 server shall be asked for.
type questions6 int

const (
	askNothing questions6 = iota
	askOthers
	askAddress
)

// hasServer records what a router says of a DHCPv6 server. Only the latest
// advertisement counts.
func (n *nic) hasServer(a ndp.Advertisement) {
	ask := askNothing
	switch {
	case a.Managed:
		ask = askAddress
	case a.Other:
		ask = askOthers
	}
	replace(n.ask6, ask)
	replace(n.answered, struct{}{})
}

// replace puts a value into a channel with room for one, and drops the value that is
// there.
func replace[T any](c chan T, value T) {
	select {
	case <-c:
	default:
	}
	c <- value // cannot block: there is only one writer
}

// keepLease6 asks DHCPv6 servers for what the routers say, until ctx ends. The keepers
// hold their leases for the next session.
func (n *nic) keepLease6(ctx context.Context, keepers map[questions6]*dhcp.Keeper[*dhcp6.Lease]) {
	current, stop, ended := askNothing, func() {}, closed()
	for {
		select {
		case <-ctx.Done():
			stop()
			<-ended
			return
		case ask := <-n.ask6:
			if ask == current {
				continue
			}
			stop()
			<-ended
			current = ask
			keeper := keepers[ask]
			if keeper == nil {
				stop, ended = func() {}, closed()
				continue
			}
			var running context.Context
			running, stop = context.WithCancel(ctx)
			done := make(chan struct{})
			ended = done
			go func() {
				defer close(done)
				report.Lasting(n, "dhcp", func() { keeper.Run(running) })
			}()
		}
	}
}

func closed() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// dhcp6 returns the keeper of the interface's DHCPv6 lease.
func (n *nic) dhcp6(ask questions6) *dhcp.Keeper[*dhcp6.Lease] {
	var applied netip.Addr
	return &dhcp.Keeper[*dhcp6.Lease]{
		Protocol: dhcp6.Client{
			Hardware: n.link.Attrs().HardwareAddr, Address: ask == askAddress,
			Exchange: func(ctx context.Context, m *dhcpv6.Message, answer dhcpv6.MessageType) (*dhcpv6.Message, error) {
				return n.wire.exchange6(ctx, n.name, m, answer)
			},
		},
		Now: n.kernel.Uptime, After: n.kernel.After,
		Bound: func(l *dhcp6.Lease) {
			n.leases.put(n.name+fromDHCP6, lease6(n.name, l, n.kernel.Uptime()))
			n.apply6(l, applied)
			applied = l.Address
		},
		Lost: func(l *dhcp6.Lease, why error) {
			n.Report("dhcp", errors.Wrapf(why, "%s has lost %s", n.name, l))
			if l.Address.IsValid() {
				n.remove(alone(l.Address))
			}
			applied = netip.Addr{}
			n.names.remove(n.name + fromDHCP6)
			n.leases.remove(n.name + fromDHCP6)
		},
		Report: func(err error) { n.Report("dhcp", errors.Wrap(err, n.name)) },
	}
}

// apply6 configures the interface from a lease. It sets no routes: routers advertise
// the networks on the link and the way to all others.
func (n *nic) apply6(l *dhcp6.Lease, before netip.Addr) {
	n.names.put(n.name+fromDHCP6, names.Source{DNS: l.DNS, NTP: l.NTP, Search: l.Search})
	if !l.Address.IsValid() {
		return
	}
	address := &netlink.Addr{
		IPNet: ipNet(alone(l.Address)), ValidLft: seconds(l.Times().Expire), PreferedLft: seconds(l.Preferred),
	}
	if err := n.kernel.Links.AddrReplace(n.link, address); err != nil {
		n.Report("dhcp", errors.Wrapf(err, "giving %s the address %s", n.name, l.Address))
		return
	}
	if before == l.Address {
		return
	}
	if before.IsValid() {
		n.remove(alone(before))
	}
	n.Printf("machine: dhcp: %s has %s for %s, %s", n.name, l.Address, l.Times().Expire, list("DNS", l.DNS))
}

// alone returns an address as a prefix that holds no other.
func alone(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// seconds converts a duration to the kernel's seconds, whose largest value means
// forever.
func seconds(d time.Duration) int { return int(min(d/time.Second, 1<<32-1)) }
