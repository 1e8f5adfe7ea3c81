// Package names makes the files through which programs resolve names, from what the
// configuration and the network say.
package names

import (
	"net/netip"
	"slices"
	"strings"
)

// Source is what one source knows about names. It is not trusted: see [Merge].
type Source struct {
	DNS, NTP []netip.Addr
	Search   []string
	Hostname string
}

// Merge combines sources in their order, without duplicates. It drops search domains
// and host names that are not valid domain names, because they become lines of files.
func Merge(sources ...Source) Source {
	var all Source
	for _, s := range sources {
		all.DNS = add(all.DNS, s.DNS)
		all.NTP = add(all.NTP, s.NTP)
		all.Search = add(all.Search, slices.DeleteFunc(trimmed(s.Search), func(name string) bool { return !isDomain(name) }))
		if all.Hostname == "" && isDomain(s.Hostname) {
			all.Hostname = s.Hostname
		}
	}
	return all
}

// Prefer returns what was learned, replaced by our own settings where there are any.
func Prefer(own, learned Source) Source {
	own, learned = Merge(own), Merge(learned)
	if len(own.DNS) > 0 {
		learned.DNS = own.DNS
	}
	if len(own.NTP) > 0 {
		learned.NTP = own.NTP
	}
	if len(own.Search) > 0 {
		learned.Search = own.Search
	}
	if own.Hostname != "" {
		learned.Hostname = own.Hostname
	}
	return learned
}

func trimmed(domains []string) []string {
	var names []string
	for _, d := range domains {
		names = append(names, strings.TrimSuffix(d, "."))
	}
	return names
}

func add[T comparable](to, from []T) []T {
	for _, value := range from {
		if !slices.Contains(to, value) {
			to = append(to, value)
		}
	}
	return to
}

// isDomain reports whether a name consists of labels of letters, digits, hyphens and
// underscores (RFC 1035, 2.3.1). The standard does not allow underscores, but they are
// used.
func isDomain(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, letters) != "" {
			return false
		}
	}
	return true
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// MaxDNS is the number of name servers that programs ask (resolv.conf(5), MAXNS).
const MaxDNS = 3

// ResolvConf returns the content of resolv.conf(5), with the first MaxDNS servers.
func ResolvConf(s Source) string {
	var text strings.Builder
	for _, server := range s.DNS[:min(MaxDNS, len(s.DNS))] {
		text.WriteString("nameserver " + server.String() + "\n")
	}
	if len(s.Search) > 0 {
		text.WriteString("search " + strings.Join(s.Search, " ") + "\n")
	}
	return text.String()
}

// nowhere is the address for the name of a host that has none, as on Debian.
const nowhere = "127.0.1.1"

// Hosts returns the content of hosts(5) for a machine with these addresses.
func Hosts(hostname string, addresses []netip.Addr) string {
	text := "127.0.0.1 localhost\n::1 localhost\n"
	if hostname == "" {
		return text
	}
	if len(addresses) == 0 {
		return text + nowhere + " " + hostname + "\n"
	}
	for _, address := range addresses {
		text += address.String() + " " + hostname + "\n"
	}
	return text
}
