// Package dhcp6 asks a DHCPv6 server (RFC 8415) for an address, or only for other
// information, and reads its reply. The caller sends and receives the messages.
package dhcp6

import (
	"net"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp"
)

// Lease is what a server grants the machine.
type Lease struct {
	// Address is the machine's address. It is not valid if only other information was
	// asked for.
	Address netip.Addr
	// Preferred is how long the address is used for new connections.
	Preferred time.Duration
	// DNS and NTP are addresses of servers. Search is what the server sent, unchecked.
	DNS, NTP []netip.Addr
	Search   []string

	server dhcpv6.DUID
	times  dhcp.Times
}

// Times returns T1, T2 and the lease's duration (RFC 8415, 18.2).
func (l *Lease) Times() dhcp.Times { return l.times }

func (l *Lease) String() string {
	if !l.Address.IsValid() {
		return "the information from DHCPv6"
	}
	return "the lease of " + l.Address.String()
}

const (
	// Information that comes without an address is asked for again after its refresh
	// time (RFC 8415, 7.6: IRT_DEFAULT and IRT_MINIMUM). longestRefresh is our own
	// limit, because a server may say forever.
	usualRefresh, shortestRefresh, longestRefresh = 24 * time.Hour, 10 * time.Minute, 30 * 24 * time.Hour
	// shortestDuration replaces an address's duration that is too short to be of use.
	shortestDuration = 10 * time.Second
)

// readOthers reads a reply to a question for everything but an address.
func readOthers(reply *dhcpv6.Message) *Lease {
	l := &Lease{DNS: addresses(reply.Options.DNS()), server: reply.Options.ServerID()}
	l.NTP = append(addresses(reply.Options.NTPServers()), addresses(reply.Options.SNTP())...)
	if search := reply.Options.DomainSearchList(); search != nil {
		l.Search = search.Labels
	}
	refresh := min(max(reply.Options.InformationRefreshTime(usualRefresh), shortestRefresh), longestRefresh)
	// The information has no end of its own. It expires when nobody confirms it for
	// long.
	l.times = dhcp.Times{Renew: refresh, Rebind: 2 * refresh, Expire: 4 * refresh}
	return l
}

// read reads a reply to a question for an address.
func read(reply *dhcpv6.Message) (*Lease, error) {
	association := reply.Options.OneIANA()
	if association == nil {
		return nil, errors.New("the server gave no address")
	}
	for _, status := range []*dhcpv6.OptStatusCode{reply.Options.Status(), association.Options.Status()} {
		if status != nil && status.StatusCode != iana.StatusSuccess {
			return nil, errors.Wrapf(dhcp.ErrRefused, "%s %q", status.StatusCode, status.StatusMessage)
		}
	}
	given := association.Options.OneAddress()
	if given == nil {
		return nil, errors.New("the server gave no address")
	}
	address, ok := netip.AddrFromSlice(given.IPv6Addr)
	if !ok || address.IsUnspecified() {
		return nil, errors.New("the server gave no address")
	}
	if given.ValidLifetime == 0 { // RFC 8415, 18.2.10.1
		return nil, errors.Wrapf(dhcp.ErrRefused, "the server withdraws %s", address)
	}
	l := readOthers(reply)
	l.Address, l.times = address, times(association, given)
	l.Preferred = min(given.PreferredLifetime, l.times.Expire)
	return l, nil
}

// times returns the server's times. Where they make no sense, it returns half and eight
// tenths of the preferred lifetime (RFC 8415, 21.4).
func times(association *dhcpv6.OptIANA, given *dhcpv6.OptIAAddress) dhcp.Times {
	t := dhcp.Times{Renew: association.T1, Rebind: association.T2, Expire: max(given.ValidLifetime, shortestDuration)}
	preferred := given.PreferredLifetime
	if preferred <= 0 || preferred > t.Expire {
		preferred = t.Expire
	}
	if t.Rebind <= 0 || t.Rebind >= t.Expire {
		t.Rebind = preferred / 10 * 8
	}
	if t.Renew <= 0 || t.Renew > t.Rebind {
		t.Renew = min(preferred/2, t.Rebind)
	}
	return t
}

func addresses(ips []net.IP) []netip.Addr {
	var found []netip.Addr
	for _, ip := range ips {
		if a, ok := netip.AddrFromSlice(ip); ok && !a.IsUnspecified() {
			found = append(found, a)
		}
	}
	return found
}
