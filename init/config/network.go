package config

import "time"

// Network is how the machine reaches others.
type Network struct {
	// Interfaces say what becomes of the machine's Ethernet interfaces, whichever
	// of them there are: the first entry that matches one describes it. One that
	// none matches is left alone.
	Interfaces []Interface `json:"interfaces,omitempty"`
	// DNS are the name servers' addresses, in the order they are asked. They
	// take the place of those that the network names.
	DNS []string `json:"dns,omitempty"`
	// Search are the domains in which a name without a dot is looked for. They
	// take the place of those that the network names.
	Search []string `json:"search,omitempty"`
	// Wait is how long the program's start waits at most for the first address,
	// a duration such as "500ms". Empty means DefaultWait, "0s" not at all.
	Wait string `json:"wait,omitempty"`
}

// DefaultWait is how long the program's start waits for the first address.
const DefaultWait = 5 * time.Second

// Interface is the configuration of every Ethernet interface that it matches.
type Interface struct {
	// Name, MAC and Driver are what must match, all that are given. Name is the
	// kernel's name or a pattern for it, "eth*" (path.Match), MAC the hardware
	// address, "52:54:00:12:34:56", and Driver the kernel's driver, "virtio_net".
	// Without any of them every interface matches.
	Name   string `json:"name,omitempty"`
	MAC    string `json:"mac,omitempty"`
	Driver string `json:"driver,omitempty"`
	// DHCP asks a DHCPv4 server for an address, routes and names.
	DHCP bool `json:"dhcp,omitempty"`
	// IPv6 is IPv6Auto, or IPv6Off (or empty) for none but what Addresses hold.
	IPv6 string `json:"ipv6,omitempty"`
	// Addresses are fixed IPv4 and IPv6 addresses with their prefix lengths,
	// "10.0.2.15/24".
	Addresses []string `json:"addresses,omitempty"`
	// Routes are fixed routes.
	Routes []Route `json:"routes,omitempty"`
	// MTU is the largest packet in bytes; 0 leaves it to the driver and DHCP.
	MTU int `json:"mtu,omitempty"`
}

// The values of Interface.IPv6.
const (
	// IPv6Auto takes addresses, routes and names from router advertisements,
	// and from a DHCPv6 server where those say so.
	IPv6Auto = "auto"
	IPv6Off  = "off"
)

// Route is a way to a network.
type Route struct {
	// To is the network, "192.168.0.0/16"; empty means every other, the default
	// route of Via's family.
	To string `json:"to,omitempty"`
	// Via is the next hop's address; empty means that To is on the link itself.
	Via string `json:"via,omitempty"`
}
