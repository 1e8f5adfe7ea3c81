//go:build linux

package network

import (
	"net"
	"net/netip"

	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp4"
)

// static gives the interface its fixed addresses and routes, and announces the
// addresses. It reports an entry that is wrong and goes on with the next. It runs again
// each time the link has been away.
func (n *nic) static(first bool) {
	for _, text := range n.entry.Addresses {
		prefix, err := netip.ParsePrefix(text)
		if err == nil {
			err = n.kernel.Links.AddrReplace(n.link, fixedAddress(prefix))
		}
		if err != nil {
			n.Report("network", errors.Wrapf(err, "giving %s the address %s", n.name, text))
			continue
		}
		if first {
			n.Printf("machine: network: %s has %s", n.name, text)
		}
		n.announce(prefix.Addr())
	}
	for _, r := range n.entry.Routes {
		route, err := parseRoute(r)
		if err == nil {
			err = n.kernel.Links.RouteReplace(n.route(route, netip.Prefix{}))
		}
		if err != nil {
			n.Report("network", errors.Wrapf(err, "setting the route of %s to %s via %s", n.name, r.To, r.Via))
		}
	}
}

// fixedAddress converts an address to the kernel's form. The kernel uses it at once,
// without checking whether another machine has it.
func fixedAddress(prefix netip.Prefix) *netlink.Addr {
	a := &netlink.Addr{IPNet: ipNet(prefix)}
	if prefix.Addr().Is6() {
		a.Flags = unix.IFA_F_NODAD
	}
	return a
}

func ipNet(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen())}
}

// parseRoute parses a route of the configuration.
func parseRoute(r config.Route) (dhcp4.Route, error) {
	var parsed dhcp4.Route
	var err error
	if r.Via != "" {
		if parsed.Via, err = netip.ParseAddr(r.Via); err != nil {
			return dhcp4.Route{}, err
		}
	}
	switch {
	case r.To != "":
		parsed.To, err = netip.ParsePrefix(r.To)
	case !parsed.Via.IsValid():
		err = errors.New(`a route needs "to", "via" or both`)
	case parsed.Via.Is4():
		parsed.To = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	default:
		parsed.To = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	return parsed, err
}

// The metric of a route is firstMetric plus the interface's index. So two interfaces
// may each have a default route, and the kernel takes the first one's. These routes win
// over those of router advertisements, whose metric is 1024 (kernel:
// include/uapi/linux/ipv6_route.h, IP6_RT_PRIO_USER).
const firstMetric = 100

// route converts a route to the kernel's form. own is the address that came with the
// route. If the gateway is outside of its network, the kernel is told that the gateway
// is on the link.
func (n *nic) route(r dhcp4.Route, own netip.Prefix) *netlink.Route {
	kernel := &netlink.Route{LinkIndex: n.link.Attrs().Index, Priority: firstMetric + n.link.Attrs().Index, Dst: ipNet(r.To.Masked())}
	if own.IsValid() && own.Addr().BitLen() == r.To.Addr().BitLen() {
		kernel.Src = own.Addr().AsSlice() // the kernel removes the route with the address
	}
	if !r.Via.IsValid() {
		kernel.Scope = netlink.SCOPE_LINK
		return kernel
	}
	kernel.Gw = r.Via.AsSlice()
	if own.IsValid() && !own.Contains(r.Via) {
		kernel.Flags = int(netlink.FLAG_ONLINK)
	}
	return kernel
}
