//go:build linux

package network

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/names"
)

// WriteFiles sets the host name and writes the files for names, before the network says
// anything.
func (n *Network) WriteFiles() {
	n.setHostname(n.names.hostname)
	n.writeNames(names.Source{}, nil)
}

// Hostname returns the configured host name, else the one that a DHCP server sent.
func (n *Network) Hostname() string {
	n.names.mu.Lock()
	defer n.names.mu.Unlock()
	return cmp.Or(n.names.hostname, n.names.learned().Hostname)
}

// Rename gives the machine another configured host name.
func (n *Network) Rename(hostname string) {
	n.names.mu.Lock()
	defer n.names.mu.Unlock()
	n.names.hostname = hostname
	n.setHostname(hostname)
	n.writeNames(n.names.learned(), n.names.addresses)
}

func (n *Network) setHostname(name string) {
	if name != "" {
		if err := n.kernel.SetHostname([]byte(name)); err != nil {
			n.Report("files", errors.Wrapf(err, "setting the host name %q", name))
		}
	}
	n.writeFile("/etc/hostname", name+"\n")
}

// writeNames writes /etc/hosts (hosts(5)) and /etc/resolv.conf (resolv.conf(5)),
// through which programs resolve names, and offers the time servers. The configuration
// takes precedence over the network. The caller holds the lock of the names.
func (n *Network) writeNames(learned names.Source, addresses []netip.Addr) {
	if n.names.hostname == "" && learned.Hostname != "" {
		n.setHostname(learned.Hostname)
	}
	n.writeFile("/etc/hosts", names.Hosts(cmp.Or(n.names.hostname, learned.Hostname), addresses))
	resolver := names.Prefer(n.ownNames(), learned)
	n.writeFile("/etc/resolv.conf", names.ResolvConf(resolver))
	n.reportUnasked(resolver.DNS)
	n.offer(learned.NTP)
}

// reportUnasked reports the name servers for which resolv.conf has no place, whenever
// they change.
func (n *Network) reportUnasked(servers []netip.Addr) {
	unasked := servers[min(names.MaxDNS, len(servers)):]
	if len(unasked) > 0 && !slices.Equal(unasked, n.unasked) {
		n.Printf("machine: network: programs ask no more than %d name servers: %s", names.MaxDNS, list("left out are", unasked))
	}
	n.unasked = unasked
}

// ownNames returns what the configuration says about names.
func (n *Network) ownNames() names.Source {
	own := names.Source{Search: n.config.Search}
	for _, text := range n.config.DNS {
		server, err := netip.ParseAddr(text)
		if err != nil {
			n.Report("files", errors.Wrap(err, "network.dns"))
			continue
		}
		own.DNS = append(own.DNS, server)
	}
	return own
}

func (n *Network) writeFile(path, content string) {
	if err := n.write(path, content); err != nil {
		n.Report("files", err)
	}
}
