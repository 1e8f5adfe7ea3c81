package guest

import (
	"net"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// Network configures the machine's network. By default the machine asks a DHCP server
// for an address on each of its interfaces.
type Network struct {
	// The interfaces, see [Interfaces](#interfaces). The first block that matches an
	// interface configures it. An interface that no block matches is left alone.
	// Without any block, all interfaces are configured by DHCP, or `eth0` by `address`.
	Interfaces []Interface `mapstructure:"interface"`
	// Asks a DHCP server for an address, on every interface. This is the default. Not
	// with `interface` blocks.
	DHCP bool `mapstructure:"dhcp"`
	// A fixed address for a machine with one interface, `eth0`, with its prefix length,
	// such as `10.0.2.15/24`. Not with `interface` blocks.
	Address string `mapstructure:"address"`
	// The default gateway, with `address`.
	Gateway string `mapstructure:"gateway"`
	// The name servers. They replace those that the network names.
	DNS []string `mapstructure:"dns"`
	// The domains in which a name without a dot is looked up. They replace those that
	// the network names.
	Search []string `mapstructure:"search"`
	// The longest time that the program's start waits for the first address, such as
	// `500ms`. `0s` does not wait. That suits a program that only listens, because it
	// can listen before there is a link. Defaults to `5s`.
	Wait string `mapstructure:"wait"`
}

// Interface configures every Ethernet interface that it matches: by `name`, `mac` or
// `driver`, or any interface.
type Interface struct {
	// The kernel's name of the interface, or a pattern for it, such as `eth*`.
	Name string `mapstructure:"name"`
	// The hardware address, such as `52:54:00:12:34:56`.
	MAC string `mapstructure:"mac"`
	// The kernel's driver, such as `virtio_net`.
	Driver string `mapstructure:"driver"`
	// Asks a DHCP server for an IPv4 address, routes, name servers and time servers.
	// Defaults to true if `addresses` has no IPv4 address.
	DHCP *bool `mapstructure:"dhcp"`
	// `auto` takes IPv6 addresses, routes and name servers from router advertisements,
	// and from a DHCPv6 server if these say so. `off`, the default, uses only the IPv6
	// addresses in `addresses`.
	IPv6 string `mapstructure:"ipv6"`
	// Fixed IPv4 and IPv6 addresses with their prefix lengths.
	Addresses []string `mapstructure:"addresses"`
	// Fixed routes, see [Routes](#routes).
	Routes []Route `mapstructure:"route"`
	// The largest packet in bytes. Defaults to the driver's value, or to the one from
	// DHCP.
	MTU int `mapstructure:"mtu"`
}

// Route is a route to a network.
type Route struct {
	// The network, such as `192.168.0.0/16`. Defaults to all other networks.
	To string `mapstructure:"to"`
	// The address of the next hop. Without it, the network is on the link itself.
	Via string `mapstructure:"via"`
}

// onlyInterface is the interface that the short form configures.
const onlyInterface = "eth0"

// Guest returns the machine's configuration.
func (n Network) Guest() config.Network {
	guest := config.Network{DNS: n.DNS, Search: n.Search, Wait: n.Wait}
	for _, i := range n.Interfaces {
		guest.Interfaces = append(guest.Interfaces, i.guest())
	}
	if len(n.Interfaces) > 0 {
		return guest
	}
	one := config.Interface{DHCP: true}
	if n.Address != "" {
		one = config.Interface{Name: onlyInterface, Addresses: []string{n.Address}}
	}
	if n.Gateway != "" {
		one.Routes = []config.Route{{Via: n.Gateway}}
	}
	guest.Interfaces = []config.Interface{one}
	return guest
}

// AsksServer reports whether any interface gets its address by DHCP.
func (n Network) AsksServer() bool {
	return slices.ContainsFunc(n.Guest().Interfaces, func(i config.Interface) bool { return i.DHCP })
}

func (i Interface) guest() config.Interface {
	guest := config.Interface{
		Name: i.Name, MAC: i.MAC, Driver: i.Driver, IPv6: i.IPv6, Addresses: i.Addresses, MTU: i.MTU,
		DHCP: !slices.ContainsFunc(i.Addresses, isIPv4),
	}
	if i.DHCP != nil {
		guest.DHCP = *i.DHCP
	}
	for _, r := range i.Routes {
		guest.Routes = append(guest.Routes, config.Route(r))
	}
	return guest
}

func isIPv4(prefix string) bool {
	p, err := netip.ParsePrefix(prefix)
	return err == nil && p.Addr().Is4()
}

// Validate returns what is wrong with the options.
func (n Network) Validate() []error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, errors.Errorf("network: "+format, args...)) }
	if n.DHCP && n.Address != "" {
		fail("dhcp and address are both given: the server names the address")
	}
	if len(n.Interfaces) > 0 && (n.DHCP || n.Address != "") {
		fail("dhcp or address and an interface block are both given: give them in the block")
	}
	if n.Gateway != "" && n.Address == "" {
		fail("gateway needs address: give an interface block a route where there is none")
	}
	if n.Address != "" && !isIPv4(n.Address) {
		fail("address must be an IPv4 address with its prefix length, such as 10.0.2.15/24, not %q", n.Address)
	}
	for _, address := range append(slices.Clone(n.DNS), n.Gateway) {
		if address != "" && !isAddress(address) {
			fail("gateway and dns must be IP addresses, not %q", address)
		}
	}
	for _, domain := range n.Search {
		if domain == "" || strings.ContainsAny(domain, " \t\n") {
			fail("search must be domains, not %q", domain)
		}
	}
	if !isDuration(n.Wait) {
		fail("wait must be a time such as 500ms, not %q", n.Wait)
	}
	for _, i := range n.Interfaces {
		errs = append(errs, i.check()...)
	}
	return errs
}

func (i Interface) check() []error {
	var errs []error
	fail := func(format string, args ...any) {
		errs = append(errs, errors.Errorf("network: interface: "+format, args...))
	}
	if _, err := path.Match(i.Name, ""); err != nil {
		fail("name must be a name or a pattern such as eth*, not %q", i.Name)
	}
	if _, err := net.ParseMAC(i.MAC); i.MAC != "" && err != nil {
		fail("mac must be a hardware address such as 52:54:00:12:34:56, not %q", i.MAC)
	}
	if i.IPv6 != "" && i.IPv6 != config.IPv6Auto && i.IPv6 != config.IPv6Off {
		fail("ipv6 must be auto or off, not %q", i.IPv6)
	}
	for _, address := range i.Addresses {
		if _, err := netip.ParsePrefix(address); err != nil {
			fail("addresses must be IP addresses with their prefix lengths, such as 10.0.2.15/24, not %q", address)
		}
	}
	for _, r := range i.Routes {
		if _, err := netip.ParsePrefix(r.To); r.To != "" && err != nil {
			fail("route: to must be a network such as 192.168.0.0/16, not %q", r.To)
		}
		if r.To == "" && r.Via == "" || r.Via != "" && !isAddress(r.Via) {
			fail("route: via must be an IP address, not %q", r.Via)
		}
	}
	if i.MTU != 0 && (i.MTU < 576 || i.MTU > 65535) {
		fail("mtu must be from 576 to 65535, not %d", i.MTU)
	}
	return errs
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}
