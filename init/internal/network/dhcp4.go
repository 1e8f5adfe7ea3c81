//go:build linux

package network

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp4"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/names"
)

// dhcp4 returns the keeper of the interface's DHCPv4 lease.
func (n *nic) dhcp4() *dhcp.Keeper[*dhcp4.Lease] {
	var applied *dhcp4.Lease
	first := sync.OnceFunc(n.stage("lease"))
	return &dhcp.Keeper[*dhcp4.Lease]{
		Protocol: dhcp4.Client{
			Hardware: n.link.Attrs().HardwareAddr, Hostname: n.names.ownHostname(),
			Exchange: func(ctx context.Context, q dhcp4.Question) (*dhcpv4.DHCPv4, error) {
				return n.wire.exchange4(ctx, n.name, q)
			},
		},
		Now: n.kernel.Uptime, After: n.kernel.After,
		Bound: func(l *dhcp4.Lease) {
			first()
			n.leases.put(n.name+fromDHCP, lease4(n.name, l, n.kernel.Uptime()))
			n.apply(l, applied)
			applied = l
			n.leased4.Store(true)
		},
		Lost: func(l *dhcp4.Lease, why error) {
			n.leased4.Store(false)
			n.withdraw(l, why)
			applied = nil
		},
		Report: func(err error) { n.Report("dhcp", errors.Wrap(err, n.name)) },
	}
}

// apply configures the interface from a lease, and removes what only the lease before
// had.
func (n *nic) apply(l *dhcp4.Lease, before *dhcp4.Lease) {
	n.names.put(n.name+fromDHCP, names.Source{DNS: l.DNS, NTP: l.NTP, Search: l.Search, Hostname: l.Hostname})
	if n.entry.MTU == 0 {
		n.setMTU(l.MTU)
	}
	valid := seconds(l.Times().Expire)
	address := &netlink.Addr{IPNet: ipNet(l.Address), ValidLft: valid, PreferedLft: valid}
	if err := n.kernel.Links.AddrReplace(n.link, address); err != nil {
		n.Report("dhcp", errors.Wrapf(err, "giving %s the address %s", n.name, l.Address))
		return
	}
	if before != nil {
		n.removeOld(before, l)
	}
	for _, r := range l.Routes {
		if err := n.kernel.Links.RouteReplace(n.route(r, l.Address)); err != nil {
			n.Report("dhcp", errors.Wrapf(err, "setting the route of %s to %s via %s", n.name, r.To, r.Via))
		}
	}
	if before == nil || before.Address != l.Address {
		n.Printf("machine: dhcp: %s has %s", n.name, describe(l))
		n.announce(l.Address.Addr())
	}
}

// describe returns the parts of a lease that people want to know, for the log.
func describe(l *dhcp4.Lease) string {
	duration := l.Times().Expire.String()
	if l.Times().Expire >= dhcp4.Endless {
		duration = "ever"
	}
	var gateways []netip.Addr
	for _, r := range l.Routes {
		if r.To.Bits() == 0 && r.Via.IsValid() {
			gateways = append(gateways, r.Via)
		}
	}
	return fmt.Sprintf("%s for %s, %s, %s", l.Address, duration, list("gateway", gateways), list("DNS", l.DNS))
}

// list returns a word followed by addresses, or "no" and the word if there are none.
func list(what string, addresses []netip.Addr) string {
	if len(addresses) == 0 {
		return "no " + what
	}
	for _, a := range addresses {
		what += " " + a.String()
	}
	return what
}

// removeOld removes the address and routes that a renewed lease no longer has.
func (n *nic) removeOld(before, now *dhcp4.Lease) {
	for _, r := range before.Routes {
		if !slices.Contains(now.Routes, r) {
			_ = n.kernel.Links.RouteDel(n.route(r, before.Address)) // it may be gone already, with its address
		}
	}
	if before.Address != now.Address {
		n.remove(before.Address)
	}
}

// withdraw removes what a lost lease has brought.
func (n *nic) withdraw(l *dhcp4.Lease, why error) {
	n.Report("dhcp", errors.Wrapf(why, "%s has lost %s", n.name, l))
	n.remove(l.Address) // the kernel removes its routes with it
	n.names.remove(n.name + fromDHCP)
	n.leases.remove(n.name + fromDHCP)
}

func (n *nic) remove(prefix netip.Prefix) {
	if err := n.kernel.Links.AddrDel(n.link, &netlink.Addr{IPNet: ipNet(prefix)}); err != nil {
		n.Report("dhcp", errors.Wrapf(err, "removing the address %s of %s", prefix, n.name))
	}
}
