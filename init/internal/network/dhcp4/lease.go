// Package dhcp4 asks a DHCPv4 server (RFC 2131) for a lease, and reads what it
// grants. Who carries the messages is up to its caller.
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

// Lease is what a server lets the machine have.
type Lease struct {
	// Address is the machine's, with the prefix length of its network.
	Address netip.Prefix
	// Server is who gave it.
	Server netip.Addr
	Routes []Route
	// DNS and NTP are the servers' addresses, Search and Hostname as the server
	// sent them: they are still to be checked.
	DNS, NTP []netip.Addr
	Search   []string
	Hostname string
	// MTU is the link's, 0 if the server does not say.
	MTU int

	times dhcp.Times
}

// Route is a way to a network: via a gateway or, if that is not valid, on the link itself.
type Route struct {
	To  netip.Prefix
	Via netip.Addr
}

// Times are as RFC 2131, 4.4.5 has them.
func (l *Lease) Times() dhcp.Times { return l.times }

func (l *Lease) String() string { return "the lease of " + l.Address.Addr().String() }

// Without these a lease would be of no use, or last for ever.
const (
	usualDuration    = time.Hour
	shortestDuration = 10 * time.Second
)

// Endless is how long a lease lasts that never ends (RFC 2131, 3.3).
const Endless = (1<<32 - 1) * time.Second

// leastMTU is what every IPv4 host takes (RFC 2132, 5.1 and RFC 791).
const leastMTU = 576

// read reads what the server has acknowledged.
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
		return nil, errors.Errorf("the server %s gave the network mask %s", ack.ServerIdentifier(), mask)
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
		l.Search = strings.Fields(withoutNUL(ack.DomainName())) // some servers name several
	}
	if mtu, err := dhcpv4.GetUint16(dhcpv4.OptionInterfaceMTU, ack.Options); err == nil && mtu >= leastMTU {
		l.MTU = int(mtu)
	}
	return l, nil
}

// withoutNUL is a text without the NUL at its end that some servers send (RFC 2132, 2).
func withoutNUL(text string) string { return strings.TrimRight(text, "\x00") }

// times are the server's or, where they make no sense, half and seven eighths
// of the lease's time.
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

// routes are the classless ones, which take the place of the router (RFC 3442).
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
