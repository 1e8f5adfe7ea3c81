package machine

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/dhcp4"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/dhcp6"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/lease"
)

// leaseTable has the leases that the machine holds, by interface and protocol.
// Its zero value has none.
type leaseTable struct {
	mu   sync.Mutex
	held map[string]Lease
}

// put takes a lease in the place of the one before from the same source.
func (t *leaseTable) put(source string, l Lease) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held == nil {
		t.held = map[string]Lease{}
	}
	t.held[source] = l
}

func (t *leaseTable) remove(source string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.held, source)
}

// all lists the leases in the order of their interfaces' names.
func (t *leaseTable) all() []Lease {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Lease
	for _, source := range slices.Sorted(maps.Keys(t.held)) {
		all = append(all, t.held[source])
	}
	return all
}

// lease4 is a lease of DHCPv4 that was granted now.
func lease4(iface string, l dhcp4.Lease, now time.Duration) Lease {
	shown := Lease{Interface: iface, Protocol: "DHCPv4", Address: l.Address, DNS: l.DNS, NTP: l.NTP, Search: l.Search}
	if l.Server.IsValid() {
		shown.Server = l.Server.String()
	}
	return shown.from(now, l.Times())
}

// lease6 is a lease of DHCPv6 that was granted now.
func lease6(iface string, l dhcp6.Lease, now time.Duration) Lease {
	shown := Lease{Interface: iface, Protocol: "DHCPv6", DNS: l.DNS, NTP: l.NTP, Search: l.Search}
	if l.Address.IsValid() {
		shown.Address = alone(l.Address)
	}
	return shown.from(now, l.Times())
}

func (l Lease) from(now time.Duration, t lease.Times) Lease {
	l.Since, l.Renew, l.Expire = now, now+t.Renew, now+t.Expire
	return l
}
