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

// The questions to a DHCPv6 server that a router has told of.
type questions6 int

const (
	askNothing questions6 = iota
	askOthers
	askAddress
)

// hasServer notes what a router says of a DHCPv6 server. Only the last word counts.
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

// replace puts a value into a channel of one, in the place of what is there.
func replace[T any](c chan T, value T) {
	select {
	case <-c:
	default:
	}
	c <- value // there is one writer
}

// keepLease6 asks the server what the routers say it is to be asked, until ctx
// ends. What it has given is kept for the next time.
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

// dhcp6 is what keeps what a DHCPv6 server gives.
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

// apply6 gives the interface what a lease says. What networks there are on the
// link, and by whom the others are reached, the routers say.
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

// alone is an address without a network.
func alone(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// seconds is a time as the kernel has it, where the largest is for ever.
func seconds(d time.Duration) int { return int(min(d/time.Second, 1<<32-1)) }
