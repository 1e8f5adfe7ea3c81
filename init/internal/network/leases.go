//go:build linux

package network

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp4"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp6"
)

// Lease is what a DHCP server grants the machine. Times are durations since the kernel
// started.
type Lease struct {
	Interface string
	Protocol  string // "DHCPv4" or "DHCPv6"
	// Address is the machine's address with the prefix length of its network. It is not
	// valid if DHCPv6 was asked for everything but an address.
	Address netip.Prefix
	// Server is the address of the DHCPv4 server, or "" if it is unknown.
	Server string
	// DNS and NTP are addresses of servers and Search are domains, as the server sent
	// them.
	DNS, NTP []netip.Addr
	Search   []string
	// Since is when the lease was granted or last renewed, Renew is when it is due for
	// renewal, and Expire is when it ends without one.
	Since, Renew, Expire time.Duration
}

// leaseTable holds the machine's leases by interface and protocol. Its zero value is
// empty.
type leaseTable struct {
	mu     sync.Mutex
	leases map[string]Lease
}

// put stores a lease. It replaces an earlier lease from the same source.
func (t *leaseTable) put(source string, l Lease) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.leases == nil {
		t.leases = map[string]Lease{}
	}
	t.leases[source] = l
}

func (t *leaseTable) remove(source string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.leases, source)
}

// all returns the leases, ordered by the interfaces' names.
func (t *leaseTable) all() []Lease {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Lease
	for _, source := range slices.Sorted(maps.Keys(t.leases)) {
		all = append(all, t.leases[source])
	}
	return all
}

// lease4 converts a DHCPv4 lease that was granted now.
func lease4(iface string, l *dhcp4.Lease, now time.Duration) Lease {
	shown := Lease{Interface: iface, Protocol: "DHCPv4", Address: l.Address, DNS: l.DNS, NTP: l.NTP, Search: l.Search}
	if l.Server.IsValid() {
		shown.Server = l.Server.String()
	}
	return shown.from(now, l.Times())
}

// lease6 converts a DHCPv6 lease that was granted now.
func lease6(iface string, l *dhcp6.Lease, now time.Duration) Lease {
	shown := Lease{Interface: iface, Protocol: "DHCPv6", DNS: l.DNS, NTP: l.NTP, Search: l.Search}
	if l.Address.IsValid() {
		shown.Address = alone(l.Address)
	}
	return shown.from(now, l.Times())
}

func (l Lease) from(now time.Duration, t dhcp.Times) Lease {
	l.Since, l.Renew, l.Expire = now, now+t.Renew, now+t.Expire
	return l
}
