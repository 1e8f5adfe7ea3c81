package names

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func addresses(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

func TestMerge(t *testing.T) {
	got := Merge(
		Source{DNS: addresses("10.0.0.1", "10.0.0.2"), Search: []string{"a.example.", "bad\nnameserver 6.6.6.6", ""}, Hostname: "two words"},
		Source{DNS: addresses("10.0.0.2", "fe80::1%eth0"), NTP: addresses("10.0.0.3"), Search: []string{"a.example", "_b.example", "a..b"}, Hostname: "web"},
		Source{Hostname: "late", Search: []string{strings.Repeat("a", 64), strings.Repeat("a.", 127) + "a"}},
	)
	want := Source{DNS: addresses("10.0.0.1", "10.0.0.2", "fe80::1%eth0"), NTP: addresses("10.0.0.3"),
		Search: []string{"a.example", "_b.example"}, Hostname: "web"}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Error(diff)
	}
}

func TestPrefer(t *testing.T) {
	learned := Source{DNS: addresses("10.0.0.1"), NTP: addresses("10.0.0.3"), Search: []string{"a.example"}, Hostname: "learned"}
	own := Source{DNS: addresses("9.9.9.9"), Hostname: "own"}
	want := Source{DNS: own.DNS, NTP: learned.NTP, Search: learned.Search, Hostname: "own"}
	if diff := cmp.Diff(want, Prefer(own, learned), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Error(diff)
	}
	full := Source{DNS: addresses("9.9.9.9"), NTP: addresses("9.9.9.8"), Search: []string{"b.example"}, Hostname: "own"}
	if diff := cmp.Diff(full, Prefer(full, learned), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Error(diff)
	}
}

func TestFiles(t *testing.T) {
	s := Source{DNS: addresses("10.0.2.3", "fe80::1%eth0"), Search: []string{"a.example", "b.example"}}
	if got := ResolvConf(s); got != "nameserver 10.0.2.3\nnameserver fe80::1%eth0\nsearch a.example b.example\n" {
		t.Errorf("resolv.conf: %q", got)
	}
	if got := ResolvConf(Source{DNS: addresses("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5")}); got != "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n" {
		t.Errorf("resolv.conf of five servers: %q", got)
	}
	if got := ResolvConf(Source{}); got != "" {
		t.Errorf("resolv.conf of nothing: %q", got)
	}
	const local = "127.0.0.1 localhost\n::1 localhost\n"
	for _, test := range []struct {
		name, want string
		addresses  []netip.Addr
	}{
		{"", local, addresses("10.0.2.15")},
		{"web", local + "127.0.1.1 web\n", nil},
		{"web", local + "10.0.2.15 web\n2001:db8::5 web\n", addresses("10.0.2.15", "2001:db8::5")},
	} {
		if got := Hosts(test.name, test.addresses); got != test.want {
			t.Errorf("hosts: %q, want %q", got, test.want)
		}
	}
}

// FuzzFiles: the files have only lines of the kinds that we write, whatever servers
// say.
func FuzzFiles(f *testing.F) {
	f.Add("example.org", "web", []byte{10, 0, 2, 3})
	f.Add("a.\nnameserver 1.2.3.4", "web\n", []byte{})
	f.Fuzz(func(t *testing.T, search, hostname string, server []byte) {
		var source Source
		if address, ok := netip.AddrFromSlice(server); ok {
			source.DNS = []netip.Addr{address}
		}
		source.Search, source.Hostname = []string{search, hostname}, hostname
		merged := Merge(source)
		for line := range strings.Lines(ResolvConf(merged) + Hosts(merged.Hostname, source.DNS)) {
			first, _, _ := strings.Cut(line, " ")
			if _, err := netip.ParseAddr(first); err != nil && first != "nameserver" && first != "search" {
				t.Errorf("there is a line %q", line)
			}
		}
	})
}
