package ndp

import (
	"net/netip"
	"slices"
	"time"
)

// Table is what the routers of a link have said that still holds.
type Table struct {
	dns    []entry[netip.Addr]
	search []entry[string]
}

type entry[T comparable] struct {
	value   T
	expires time.Duration // on the clock
}

// forever is the lifetime of what never ends: all bits set (RFC 8106, 5.1).
const forever = (1<<32 - 1) * time.Second

// Learn takes what a router says at a time. The address of a name server on the
// link itself gets the interface's name, without which it means nothing.
func (t *Table) Learn(a Advertisement, link string, now time.Duration) {
	for _, s := range a.DNS {
		if s.Address.IsLinkLocalUnicast() {
			s.Address = s.Address.WithZone(link)
		}
		t.dns = put(t.dns, s.Address, s.Lifetime, now)
	}
	for _, d := range a.Search {
		t.search = put(t.search, d.Name, d.Lifetime, now)
	}
}

// At returns what holds at a time, in the order in which it was heard first.
func (t *Table) At(now time.Duration) (dns []netip.Addr, search []string) {
	return current(t.dns, now), current(t.search, now)
}

// Next is when something in the table ends, after now; false if nothing does.
func (t *Table) Next(now time.Duration) (time.Duration, bool) {
	var all []time.Duration
	for _, e := range t.dns {
		all = append(all, e.expires)
	}
	for _, e := range t.search {
		all = append(all, e.expires)
	}
	all = slices.DeleteFunc(all, func(at time.Duration) bool { return at <= now || at == forever })
	if len(all) == 0 {
		return 0, false
	}
	return slices.Min(all), true
}

func put[T comparable](entries []entry[T], value T, lifetime, now time.Duration) []entry[T] {
	expires := now + lifetime
	if lifetime == forever {
		expires = forever
	}
	entries = slices.DeleteFunc(entries, func(e entry[T]) bool { return e.expires <= now })
	i := slices.IndexFunc(entries, func(e entry[T]) bool { return e.value == value })
	switch {
	case i >= 0:
		entries[i].expires = expires
	case lifetime > 0 && len(entries) < most:
		entries = append(entries, entry[T]{value, expires})
	}
	return entries
}

// most bounds what routers can make the machine remember. No resolver asks so many.
const most = 16

func current[T comparable](entries []entry[T], now time.Duration) []T {
	var values []T
	for _, e := range entries {
		if e.expires > now {
			values = append(values, e.value)
		}
	}
	return values
}
