package nocloud

import (
	"net"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// version1 is what is taken of network-config version 1.
type version1 struct {
	Version int      `json:"version"`
	Config  []device `json:"config"`
}

// device is an interface, of type "physical", or of type "nameserver".
type device struct {
	Type    string    `json:"type"`
	Name    string    `json:"name"`
	MAC     string    `json:"mac_address"`
	MTU     int       `json:"mtu"`
	Subnets []subnet  `json:"subnets"`
	Address oneOrMore `json:"address"`
	Search  oneOrMore `json:"search"`
}

type subnet struct {
	Type    string    `json:"type"`
	Address string    `json:"address"`
	Netmask string    `json:"netmask"`
	Gateway string    `json:"gateway"`
	DNS     oneOrMore `json:"dns_nameservers"`
	Search  oneOrMore `json:"dns_search"`
	Routes  []route1  `json:"routes"`
}

type route1 struct {
	Network string `json:"network"`
	Netmask string `json:"netmask"`
	Gateway string `json:"gateway"`
}

func (s *seed) version1(v version1) config.Network {
	var n config.Network
	for _, d := range v.Config {
		switch d.Type {
		case "physical":
			link := config.Interface{Name: d.Name, MAC: d.MAC, MTU: d.MTU}
			if d.MAC != "" {
				link.Name = "" // a name to give to it
			}
			for _, sub := range d.Subnets {
				if err := sub.apply(&link); err != nil {
					s.fail(networkFile, errors.Wrapf(err, "the interface %q", d.Name))
				}
				n.DNS, n.Search = append(n.DNS, sub.DNS...), append(n.Search, sub.Search...)
			}
			n.Interfaces = append(n.Interfaces, link)
		case "nameserver":
			n.DNS, n.Search = append(n.DNS, d.Address...), append(n.Search, d.Search...)
		default:
			s.fail(networkFile, errors.Errorf("the type %q is not supported: use physical or nameserver", d.Type))
		}
	}
	return n
}

// apply adds a subnet to an interface.
func (sub subnet) apply(link *config.Interface) error {
	switch sub.Type {
	case "dhcp", "dhcp4":
		link.DHCP = true
	case "dhcp6", "ipv6_slaac", "ipv6_dhcpv6-stateful", "ipv6_dhcpv6-stateless":
		link.IPv6 = config.IPv6Auto
	case "manual":
	case "static", "static6":
		address, err := prefix(sub.Address, sub.Netmask)
		if err != nil {
			return err
		}
		link.Addresses = append(link.Addresses, address)
		if sub.Gateway != "" {
			link.Routes = append(link.Routes, config.Route{Via: sub.Gateway})
		}
	default:
		return errors.Errorf("the subnet type %q is not supported", sub.Type)
	}
	for _, r := range sub.Routes {
		to, err := prefix(r.Network, r.Netmask)
		if err != nil {
			return err
		}
		link.Routes = append(link.Routes, route(to, r.Gateway))
	}
	return nil
}

// prefix joins an address and a netmask, "255.255.255.0" or "24". Without one
// the address has it.
func prefix(address, netmask string) (string, error) {
	if strings.Contains(address, "/") || netmask == "" {
		if _, _, err := net.ParseCIDR(address); err != nil {
			return "", errors.Errorf("%q is no address with a prefix length", address)
		}
		return address, nil
	}
	ones, err := strconv.Atoi(netmask)
	if err != nil {
		mask := net.IPMask(net.ParseIP(netmask).To4())
		bits := 0
		if ones, bits = mask.Size(); bits == 0 {
			return "", errors.Errorf("%q is no netmask", netmask)
		}
	}
	return prefix(address+"/"+strconv.Itoa(ones), "")
}
