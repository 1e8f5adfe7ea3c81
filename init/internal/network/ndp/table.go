package ndp

import (
	"net/netip"
	"slices"
	"time"
)

// Table holds what the routers of a link have said and is still valid.
type Table struct {
	dns    []entry[netip.Addr]
	search []entry[string]
}

type entry[T comparable] struct {
	value   T
	expires time.Duration // a time on the clock
}

// forever is the lifetime that never ends: all bits are set (RFC 8106, 5.1).
const forever = (1<<32 - 1) * time.Second

// Learn adds what a router says now. A link-local address of a name server gets the
// interface's name, because it means nothing without it.
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

// At returns what is valid at a time, in the order in which it was first heard.
func (t *Table) At(now time.Duration) (dns []netip.Addr, search []string) {
	return current(t.dns, now), current(t.search, now)
}

// Next returns the first time after now at which something in the table expires, or
// false if nothing does.
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

// most limits how many entries routers can make the machine remember. No resolver uses
// this many.
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
