package config

// Clock is how the machine knows the time.
type Clock struct {
	// Servers are time servers (NTP), by address or name, with or without a
	// port. They take the place of those that a DHCP server names.
	Servers []string `json:"servers,omitempty"`
	// Wait has the program started only once a time server has set the clock,
	// or has not answered for a time.
	Wait bool `json:"wait,omitempty"`
	// Floor is a time that the clock is never before, in seconds since 1970. The
	// dates of the kernel and of the machine library are others.
	Floor int64 `json:"floor,omitempty"`
}
