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

// Lease is what a DHCP server lets the machine have. Times are since the kernel
// started.
type Lease struct {
	Interface string
	Protocol  string // "DHCPv4" or "DHCPv6"
	// Address is the machine's, with the length of its network's prefix; not
	// valid where DHCPv6 was asked for all but an address.
	Address netip.Prefix
	// Server is the DHCPv4 server's address, if it gave it.
	Server string
	// DNS and NTP are servers' addresses, Search are domains, as they were sent.
	DNS, NTP []netip.Addr
	Search   []string
	// Since is when the lease was granted or last renewed, Renew when it is to be
	// renewed and Expire when it ends if it is not.
	Since, Renew, Expire time.Duration
}

// leaseTable has the leases that the machine holds, by interface and protocol.
// Its zero value has none.
type leaseTable struct {
	mu     sync.Mutex
	leases map[string]Lease
}

// put takes a lease in the place of the one before from the same source.
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

// all lists the leases in the order of their interfaces' names.
func (t *leaseTable) all() []Lease {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Lease
	for _, source := range slices.Sorted(maps.Keys(t.leases)) {
		all = append(all, t.leases[source])
	}
	return all
}

// lease4 is a lease of DHCPv4 that was granted now.
func lease4(iface string, l *dhcp4.Lease, now time.Duration) Lease {
	shown := Lease{Interface: iface, Protocol: "DHCPv4", Address: l.Address, DNS: l.DNS, NTP: l.NTP, Search: l.Search}
	if l.Server.IsValid() {
		shown.Server = l.Server.String()
	}
	return shown.from(now, l.Times())
}

// lease6 is a lease of DHCPv6 that was granted now.
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
