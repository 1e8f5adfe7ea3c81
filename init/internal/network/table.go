//go:build linux

package network

import (
	"net/netip"
	"slices"
	"sync"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/names"
)

// nameTable holds what each source says about names, and the machine's addresses.
type nameTable struct {
	// changed is called after each change, never concurrently.
	changed func(learned names.Source, addresses []netip.Addr)
	// online is closed when there is an address.
	online chan struct{}

	mu        sync.Mutex
	hostname  string   // the configured one, or ""
	order     []string // the sources in the order of their first appearance
	sources   map[string]names.Source
	addresses []netip.Addr
}

func newNameTable(hostname string, changed func(learned names.Source, addresses []netip.Addr)) *nameTable {
	return &nameTable{hostname: hostname, changed: changed, online: make(chan struct{}), sources: map[string]names.Source{}}
}

// ownHostname returns the configured host name, or "".
func (t *nameTable) ownHostname() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.hostname
}

// put stores what a source says, and replaces what it said before.
func (t *nameTable) put(source string, s names.Source) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.sources[source]; !known {
		t.order = append(t.order, source)
	}
	t.sources[source] = s
	t.changed(t.learned(), t.addresses)
}

// remove forgets a source.
func (t *nameTable) remove(source string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.sources, source)
	t.order = slices.DeleteFunc(t.order, func(s string) bool { return s == source })
	t.changed(t.learned(), t.addresses)
}

// A source's name is the interface's name and one of these.
const (
	fromDHCP   = " dhcp"
	fromDHCP6  = " dhcp6"
	fromRouter = " router"
)

// forget removes everything that an interface brought which is gone now.
func (n *nic) forget() {
	for _, source := range []string{fromDHCP, fromDHCP6, fromRouter} {
		n.names.remove(n.name + source)
		n.leases.remove(n.name + source)
	}
}

// learned merges what the sources say. The caller holds the lock.
func (t *nameTable) learned() names.Source {
	var all []names.Source
	for _, source := range t.order {
		all = append(all, t.sources[source])
	}
	return names.Merge(all...)
}

// address records that the machine has an address, or no longer has it. IPv4 addresses
// come first.
func (t *nameTable) address(a netip.Addr, there bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := slices.Contains(t.addresses, a)
	switch {
	case there == known:
		return
	case there:
		t.addresses = append(t.addresses, a)
		slices.SortStableFunc(t.addresses, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	default:
		t.addresses = slices.DeleteFunc(t.addresses, func(other netip.Addr) bool { return other == a })
	}
	t.changed(t.learned(), t.addresses)
	if there && len(t.addresses) == 1 {
		select {
		case <-t.online: // closed already
		default:
			close(t.online)
		}
	}
}
