//go:build linux

package network

import (
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// TestPeersOdd: the real kernel accepts the odd leases that some networks give.
func TestPeersOdd(t *testing.T) {
	const one, infinite = "--dhcp-option-force=option:netmask,255.255.255.255", "--dhcp-range=10.77.0.10,10.77.0.10,infinite"
	tests := []struct {
		name    string
		options []string // for dnsmasq
		routes  []string // in the form of ip(8)
		never   string   // a route that must not be there
		address string
		resolv  string
		says    string
	}{
		{"one_address_and_a_gateway_that_is_not_the_server",
			[]string{one, "--dhcp-option=option:classless-static-route,10.77.0.254/32,0.0.0.0,0.0.0.0/0,10.77.0.254"},
			[]string{"10.77.0.254 dev eth0 scope link", "default via 10.77.0.254 dev eth0"}, "via 10.77.0.1 ",
			"inet 10.77.0.10/32 ", "nameserver 10.77.0.1\n", "eth0 has 10.77.0.10/32 for 2m0s, gateway 10.77.0.254, DNS 10.77.0.1"},
		{"one_address_and_a_router", []string{one, "--dhcp-option=option:router,10.77.0.254"},
			[]string{"default via 10.77.0.254 dev eth0 src 10.77.0.10 metric"}, "via 10.77.0.1 ", "inet 10.77.0.10/32 ", "nameserver 10.77.0.1\n", ""},
		{"a_router_outside", []string{"--dhcp-option=option:router,192.168.9.1"}, []string{"default via 192.168.9.1 dev eth0"}, "",
			"inet 10.77.0.10/24 ", "nameserver 10.77.0.1\n", ""},
		{"no_router", []string{"--dhcp-option=option:router"}, []string{"10.77.0.0/24 dev eth0"}, "default", "inet 10.77.0.10/24 ",
			"nameserver 10.77.0.1\n", "eth0 has 10.77.0.10/24 for 2m0s, no gateway, DNS 10.77.0.1"},
		{"classless_routes_in_place_of_the_router",
			[]string{"--dhcp-option=option:router,10.77.0.1", "--dhcp-option=option:classless-static-route,192.168.7.0/24,10.77.0.7"},
			[]string{"192.168.7.0/24 via 10.77.0.7 dev eth0"}, "default", "inet 10.77.0.10/24 ", "nameserver 10.77.0.1\n", ""},
		{"malformed_routes", []string{"--dhcp-option=121,21:0a:4d:00:07:0a"}, []string{"default via 10.77.0.1 dev eth0"}, "", "inet 10.77.0.10/24 ",
			"nameserver 10.77.0.1\n", ""},
		{"five_name_servers", []string{"--dhcp-option=option:dns-server,10.77.0.2,10.77.0.3,10.77.0.4,10.77.0.5,10.77.0.6"}, nil, "",
			"inet 10.77.0.10/24 ", "nameserver 10.77.0.2\nnameserver 10.77.0.3\nnameserver 10.77.0.4\n",
			"machine: network: programs ask no more than 3 name servers: left out are 10.77.0.5 10.77.0.6"},
		{"no_name_server", []string{"--dhcp-option=option:dns-server"}, nil, "", "inet 10.77.0.10/24 ", "", "gateway 10.77.0.1, no DNS"},
		{"endless", []string{infinite}, []string{"default via 10.77.0.1 dev eth0"}, "", "valid_lft forever", "nameserver 10.77.0.1\n",
			"eth0 has 10.77.0.10/24 for ever, gateway 10.77.0.1"},
		{"MTU", []string{"--dhcp-option=option:mtu,1400"}, nil, "", "mtu 1400 ", "nameserver 10.77.0.1\n", ""},
		{"MTU_too_small", []string{"--dhcp-option=option:mtu,60"}, nil, "", "mtu 1500 ", "nameserver 10.77.0.1\n", ""},
		{"several_domains", []string{"--dhcp-option=option:domain-name,a.example b.example"}, nil, "", "inet 10.77.0.10/24 ",
			"nameserver 10.77.0.1\nsearch a.example b.example\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !inNamespace(t) {
				return
			}
			p := newPeers(t, config.Interface{Name: "eth0", DHCP: true})
			lease := []string{"--dhcp-range=10.77.0.10,10.77.0.10,2m"}
			if test.options[0] == infinite {
				lease = nil
			}
			p.dnsmasq(append(append(lease, "--dhcp-option=option:dns-server,10.77.0.1"), test.options...)...)
			p.connect()
			p.waitFor("inet 10.77.0.10/", true, "address", "show", "eth0")
			p.waitFor(test.address, true, "address", "show", "eth0")
			for _, route := range test.routes {
				p.waitFor(route, true, "route")
			}
			if got := p.run("ip", "route"); test.never != "" && strings.Contains(got, test.never) {
				t.Errorf("the routes are\n%s", got)
			}
			p.waitResolv(test.resolv)
			p.wait("word of the lease", func() bool { return strings.Contains(p.Shown(), test.says) })
			if text := p.Shown(); strings.Contains(text, "setting the route") || strings.Contains(text, "giving eth0") {
				t.Error(text)
			}
			p.removeNIC()
		})
	}
}
