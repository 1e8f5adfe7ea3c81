// Package dhcp4 asks a DHCPv4 server (RFC 2131) for a lease and reads its reply. The
// caller sends and receives the messages.
package dhcp4

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp"
)

// Lease is what a server grants the machine.
type Lease struct {
	// Address is the machine's address with the prefix length of its network.
	Address netip.Prefix
	// Server is the address of the server that granted the lease.
	Server netip.Addr
	Routes []Route
	// DNS and NTP are addresses of servers. Search and Hostname are unchecked: exactly
	// what the server sent.
	DNS, NTP []netip.Addr
	Search   []string
	Hostname string
	// MTU is the link's MTU in bytes, or 0 if the server names none.
	MTU int

	times dhcp.Times
}

// Route is a route to a network through a gateway. If Via is not valid, the network is
// on the link itself.
type Route struct {
	To  netip.Prefix
	Via netip.Addr
}

// Times returns T1, T2 and the lease's duration (RFC 2131, 4.4.5).
func (l *Lease) Times() dhcp.Times { return l.times }

func (l *Lease) String() string { return "the lease of " + l.Address.Addr().String() }

// usualDuration is for a lease without a duration, which would otherwise last forever.
// shortestDuration replaces a duration that is too short to be of use.
const (
	usualDuration    = time.Hour
	shortestDuration = 10 * time.Second
)

// Endless is the duration that stands for a lease without an end (RFC 2131, 3.3).
const Endless = (1<<32 - 1) * time.Second

// leastMTU is the packet size in bytes that every IPv4 host accepts (RFC 2132, 5.1 and
// RFC 791).
const leastMTU = 576

// read reads a lease from a server's acknowledgement.
func read(ack *dhcpv4.DHCPv4) (*Lease, error) {
	ip, ok := address(ack.YourIPAddr)
	switch {
	case !ok || ip.IsUnspecified():
		return nil, errors.Errorf("the server %s gave no address", ack.ServerIdentifier())
	case !ip.IsGlobalUnicast() && !ip.IsLinkLocalUnicast():
		return nil, errors.Errorf("the server %s gave the address %s, which no machine can have", ack.ServerIdentifier(), ip)
	}
	mask := ack.SubnetMask()
	if mask == nil {
		mask = ack.YourIPAddr.DefaultMask()
	}
	bits, size := mask.Size()
	if size != 32 {
		return nil, errors.Errorf("the server %s gave the invalid network mask %s", ack.ServerIdentifier(), mask)
	}
	l := &Lease{
		Address:  netip.PrefixFrom(ip, bits),
		Routes:   routes(ack),
		DNS:      addresses(ack.DNS()),
		NTP:      addresses(ack.NTPServers()),
		Hostname: withoutNUL(ack.HostName()),
		times:    times(ack),
	}
	l.Server, _ = address(ack.ServerIdentifier())
	if search := ack.DomainSearch(); search != nil {
		l.Search = search.Labels
	} else {
		l.Search = strings.Fields(withoutNUL(ack.DomainName())) // some servers send several domains
	}
	if mtu, err := dhcpv4.GetUint16(dhcpv4.OptionInterfaceMTU, ack.Options); err == nil && mtu >= leastMTU {
		l.MTU = int(mtu)
	}
	return l, nil
}

// withoutNUL removes the NUL that some servers send at the end of a text (RFC 2132, 2).
func withoutNUL(text string) string { return strings.TrimRight(text, "\x00") }

// times returns the server's times. Where they make no sense, it returns half and seven
// eighths of the lease's duration.
func times(ack *dhcpv4.DHCPv4) dhcp.Times {
	t := dhcp.Times{Expire: max(ack.IPAddressLeaseTime(usualDuration), shortestDuration)}
	t.Renew, t.Rebind = ack.IPAddressRenewalTime(0), ack.IPAddressRebindingTime(0)
	if t.Rebind <= 0 || t.Rebind >= t.Expire {
		t.Rebind = t.Expire / 8 * 7
	}
	if t.Renew <= 0 || t.Renew >= t.Rebind {
		t.Renew = min(t.Expire/2, t.Rebind)
	}
	return t
}

// routes returns the classless static routes. Only if there are none does it return a
// default route to the router (RFC 3442).
func routes(ack *dhcpv4.DHCPv4) []Route {
	var found []Route
	for _, r := range ack.ClasslessStaticRoute() {
		to, ok := address(r.Dest.IP)
		bits, _ := r.Dest.Mask.Size()
		if !ok {
			continue
		}
		via, ok := address(r.Router)
		if ok && via.IsUnspecified() {
			via = netip.Addr{}
		}
		found = append(found, Route{netip.PrefixFrom(to, bits).Masked(), via})
	}
	if routers := addresses(ack.Router()); len(found) == 0 && len(routers) > 0 {
		found = append(found, Route{netip.PrefixFrom(netip.IPv4Unspecified(), 0), routers[0]})
	}
	return found
}

func address(ip net.IP) (netip.Addr, bool) {
	a, ok := netip.AddrFromSlice(ip.To4())
	return a, ok
}

func addresses(ips []net.IP) []netip.Addr {
	var found []netip.Addr
	for _, ip := range ips {
		if a, ok := address(ip); ok && !a.IsUnspecified() {
			found = append(found, a)
		}
	}
	return found
}
