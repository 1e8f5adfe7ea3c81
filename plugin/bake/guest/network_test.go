package guest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

func TestNetwork(t *testing.T) {
	type options = map[string]any
	tests := []struct {
		name    string
		network options
		want    config.Network
	}{
		{"nothing", nil, config.Network{Interfaces: []config.Interface{{DHCP: true}}}},
		{"DHCP", options{"dhcp": true}, config.Network{Interfaces: []config.Interface{{DHCP: true}}}},
		{"address", options{"address": "10.0.2.15/24", "gateway": "10.0.2.2", "dns": []string{"10.0.2.3"}},
			config.Network{DNS: []string{"10.0.2.3"}, Interfaces: []config.Interface{
				{Name: "eth0", Addresses: []string{"10.0.2.15/24"}, Routes: []config.Route{{Via: "10.0.2.2"}}},
			}}},
		{"interfaces", options{"search": []string{"example.com"}, "wait": "0s", "interface": []options{
			{"mac": "52:54:00:12:34:56", "addresses": []string{"10.0.0.5/8"}, "ipv6": "auto", "mtu": 1400,
				"route": []options{{"via": "10.0.0.1"}, {"to": "192.168.0.0/16"}}},
			{"driver": "virtio_net", "addresses": []string{"2001:db8::5/64"}},
			{"name": "eth*", "dhcp": false},
			{"name": "wan0", "dhcp": true, "addresses": []string{"10.0.0.6/8"}},
		}}, config.Network{Search: []string{"example.com"}, Wait: "0s", Interfaces: []config.Interface{
			{MAC: "52:54:00:12:34:56", Addresses: []string{"10.0.0.5/8"}, IPv6: "auto", MTU: 1400,
				Routes: []config.Route{{Via: "10.0.0.1"}, {To: "192.168.0.0/16"}}},
			{Driver: "virtio_net", DHCP: true, Addresses: []string{"2001:db8::5/64"}},
			{Name: "eth*"},
			{Name: "wan0", DHCP: true, Addresses: []string{"10.0.0.6/8"}},
		}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var n Network
			if err := decode(t, test.network, &n); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, n.Guest()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNetworkRefuses(t *testing.T) {
	type options = map[string]any
	tests := []struct {
		name    string
		network options
		want    string
	}{
		{"DHCP and an address", options{"dhcp": true, "address": "10.0.0.1/8"}, "network: dhcp and address are both given"},
		{"both forms", options{"dhcp": true, "interface": []options{{}}}, "an interface block are both given"},
		{"gateway alone", options{"gateway": "10.0.0.1"}, "gateway needs address"},
		{"address", options{"address": "10.0.2.15"}, "with its prefix length"},
		{"gateway", options{"address": "10.0.2.15/24", "gateway": "router"}, `must be IP addresses, not "router"`},
		{"search", options{"search": []string{"a b"}}, `search must be domains, not "a b"`},
		{"wait", options{"wait": "soon"}, `wait must be a time such as 500ms, not "soon"`},
		{"pattern", options{"interface": []options{{"name": "eth["}}}, "interface: name must be"},
		{"MAC", options{"interface": []options{{"mac": "52:54"}}}, "mac must be a hardware address"},
		{"IPv6", options{"interface": []options{{"ipv6": "on"}}}, `ipv6 must be auto or off, not "on"`},
		{"addresses", options{"interface": []options{{"addresses": []string{"10.0.0.1"}}}}, "addresses must be IP addresses"},
		{"route to", options{"interface": []options{{"route": []options{{"to": "all", "via": "10.0.0.1"}}}}}, `to must be a network such as 192.168.0.0/16, not "all"`},
		{"route via", options{"interface": []options{{"route": []options{{"via": "router"}}}}}, `via must be an IP address, not "router"`},
		{"MTU", options{"interface": []options{{"mtu": 60}}}, "mtu must be from 576 to 65535, not 60"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := decode(t, test.network, &Network{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
