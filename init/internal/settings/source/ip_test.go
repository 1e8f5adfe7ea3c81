package source

import "testing"

func TestIP(t *testing.T) {
	tests := []struct{ line, want string }{
		{"ip=dhcp", `ip= network.interfaces: [{"dhcp":true}]`},
		{"ip=on", `ip= network.interfaces: [{"dhcp":true}]`},
		{"ip=:::::eth1:dhcp", `ip= network.interfaces: [{"name":"eth1","dhcp":true}]`},
		{"ip=::::web:eth1:any", `ip= network.interfaces: [{"name":"eth1","dhcp":true}]|ip= hostname: web`},
		{"ip=off", ""},
		{"ip=", `ip= network.interfaces: [{"dhcp":true}]`},
		{"ip=10.0.2.15::10.0.2.2:255.255.255.0:web:eth0:off:10.0.2.3:9.9.9.9",
			`ip= network.interfaces: [{"name":"eth0","addresses":["10.0.2.15/24"],"routes":[{"via":"10.0.2.2"}]}]|` +
				`ip= network.dns: 10.0.2.3|ip= network.dns: 9.9.9.9|ip= hostname: web`},
		{"ip=192.168.0.7", `ip= network.interfaces: [{"name":"eth0","addresses":["192.168.0.7/24"]}]`},
		{"ip=bootp", `ip=bootp: bootp is not supported: use dhcp`},
		{"ip=web", `ip=web: "web" is no IPv4 address`},
		{"ip=10.0.0.300", `ip=10.0.0.300: "10.0.0.300" is no IPv4 address`},
		{"ip=10.0.0.1:::255.0.255.0", `ip=10.0.0.1:::255.0.255.0: "255.0.255.0" is no netmask for 10.0.0.1`},
		{"ip=:::::eth0:magic", `ip=:::::eth0:magic: "magic" is no way to configure a network: use dhcp or off`},
		{"ip=1:2:3:4:5:6:7:8:9:10:11", `ip=1:2:3:4:5:6:7:8:9:10:11: it has more than 10 fields`},
	}
	for _, test := range tests {
		if got := listed(CommandLine(test.line)); got != test.want {
			t.Errorf("%s: %s, want %s", test.line, got, test.want)
		}
	}
}
