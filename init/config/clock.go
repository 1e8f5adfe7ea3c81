package config

// Clock says where the machine gets the time from.
type Clock struct {
	// Servers are time servers (NTP), by address or name, with or without a port. They
	// replace those that a DHCP server names.
	Servers []string `json:"servers,omitempty"`
	// Wait delays the program's start until a time server has set the clock, or has not
	// answered for a while.
	Wait bool `json:"wait,omitempty"`
	// Floor is a time in seconds since 1970. The clock is never before it, nor before
	// the dates of the kernel and of the machine library.
	Floor int64 `json:"floor,omitempty"`
}
