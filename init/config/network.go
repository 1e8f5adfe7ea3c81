package config

import "time"

// Network configures the machine's network.
type Network struct {
	// Interfaces configure the machine's Ethernet interfaces. The first entry that
	// matches an interface configures it. An interface that no entry matches is left
	// alone.
	Interfaces []Interface `json:"interfaces,omitempty"`
	// DNS are the addresses of the name servers, in the order in which they are asked.
	// They replace those that the network names.
	DNS []string `json:"dns,omitempty"`
	// Search are the domains in which a name without a dot is looked up. They replace
	// those that the network names.
	Search []string `json:"search,omitempty"`
	// Wait is the longest time that the program's start waits for the first address, a
	// duration such as "500ms". Empty means DefaultWait, and "0s" does not wait.
	Wait string `json:"wait,omitempty"`
}

// DefaultWait is the default of Network.Wait.
const DefaultWait = 5 * time.Second

// Interface is the configuration of every Ethernet interface that it matches.
type Interface struct {
	// Name, MAC and Driver select interfaces: all that are given must match. Name is
	// the kernel's name or a pattern for it, "eth*" (path.Match). MAC is the hardware
	// address, "52:54:00:12:34:56". Driver is the kernel's driver, "virtio_net".
	// Without any of them, every interface matches.
	Name   string `json:"name,omitempty"`
	MAC    string `json:"mac,omitempty"`
	Driver string `json:"driver,omitempty"`
	// DHCP asks a DHCPv4 server for an address, routes and names.
	DHCP bool `json:"dhcp,omitempty"`
	// IPv6 is IPv6Auto or IPv6Off. IPv6Off, or empty, uses only the IPv6 addresses in
	// Addresses.
	IPv6 string `json:"ipv6,omitempty"`
	// Addresses are fixed IPv4 and IPv6 addresses with their prefix lengths,
	// "10.0.2.15/24".
	Addresses []string `json:"addresses,omitempty"`
	// Routes are fixed routes.
	Routes []Route `json:"routes,omitempty"`
	// MTU is the largest packet in bytes. 0 leaves it to the driver and DHCP.
	MTU int `json:"mtu,omitempty"`
}

// The values of Interface.IPv6.
const (
	// IPv6Auto takes addresses, routes and names from router advertisements, and from a
	// DHCPv6 server if these say so.
	IPv6Auto = "auto"
	IPv6Off  = "off"
)

// Route is a route to a network.
type Route struct {
	// To is the network, "192.168.0.0/16". Empty means all other networks: the default
	// route of Via's address family.
	To string `json:"to,omitempty"`
	// Via is the address of the next hop. Empty means that To is on the link itself.
	Via string `json:"via,omitempty"`
}
