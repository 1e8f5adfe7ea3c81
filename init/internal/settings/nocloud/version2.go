package nocloud

import (
	"maps"
	"slices"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// version2 is what is taken of network-config version 2, which is netplan's.
type version2 struct {
	Version   int                 `json:"version"`
	Renderer  string              `json:"renderer"` // there is but one
	Ethernets map[string]ethernet `json:"ethernets"`
}

type ethernet struct {
	Match struct {
		MAC    string `json:"macaddress"`
		Name   string `json:"name"`
		Driver string `json:"driver"`
	} `json:"match"`
	SetName     string   `json:"set-name"` // without a userland nobody sees it
	DHCP4       flag     `json:"dhcp4"`
	DHCP6       flag     `json:"dhcp6"`
	AcceptRA    flag     `json:"accept-ra"`
	Optional    flag     `json:"optional"` // nobody waits for one
	Addresses   []string `json:"addresses"`
	Gateway4    string   `json:"gateway4"`
	Gateway6    string   `json:"gateway6"`
	MTU         int      `json:"mtu"`
	Routes      []route2 `json:"routes"`
	Nameservers struct {
		Addresses []string `json:"addresses"`
		Search    []string `json:"search"`
	} `json:"nameservers"`
}

type route2 struct {
	To  string `json:"to"`
	Via string `json:"via"`
}

// version2 translates, in the order of the names.
func (s *seed) version2(v version2) config.Network {
	var n config.Network
	for _, id := range slices.Sorted(maps.Keys(v.Ethernets)) {
		e := v.Ethernets[id]
		link := config.Interface{
			Name: e.Match.Name, MAC: e.Match.MAC, Driver: e.Match.Driver,
			DHCP: bool(e.DHCP4), Addresses: e.Addresses, MTU: e.MTU,
		}
		if link.Name == "" && link.MAC == "" && link.Driver == "" {
			link.Name = id
		}
		if e.DHCP6 || e.AcceptRA {
			link.IPv6 = config.IPv6Auto
		}
		for _, gateway := range []string{e.Gateway4, e.Gateway6} {
			if gateway != "" {
				link.Routes = append(link.Routes, route("", gateway))
			}
		}
		for _, r := range e.Routes {
			link.Routes = append(link.Routes, route(r.To, r.Via))
		}
		n.Interfaces = append(n.Interfaces, link)
		n.DNS, n.Search = append(n.DNS, e.Nameservers.Addresses...), append(n.Search, e.Nameservers.Search...)
	}
	return n
}
