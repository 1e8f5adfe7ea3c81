package config

// Debug gives people access to a running machine. It is off unless configured, and
// needs an init with the package machine/debug.
type Debug struct {
	// Interface is the only network interface on which SSH and the page can be reached,
	// whatever its address. Empty means all interfaces.
	Interface string `json:"interface,omitempty"`
	// SSH gives access to a shell, as root.
	SSH SSH `json:"ssh,omitzero"`
	// Page is the TCP address of the status page, such as ":8081". Empty means no page.
	// Everybody who can connect to it can read it.
	Page string `json:"page,omitempty"`
}

// SSH says who may log in, and where.
type SSH struct {
	// Listen is the TCP address, such as ":22". Empty means no SSH.
	Listen string `json:"listen,omitempty"`
	// AuthorizedKeys are the public keys that may log in. Each is a line of
	// authorized_keys (sshd(8)) without options, or a key's fingerprint as ssh-keygen
	// -l shows it, "SHA256:...". The keys in /root/.ssh/authorized_keys, a file of the
	// running machine, may log in too.
	AuthorizedKeys []string `json:"authorized_keys,omitempty"`
	// HostKey is the machine's private key, as PEM or in the format of ssh-keygen. If
	// it is empty, the machine makes a new key at each start, and shows its fingerprint
	// on the consoles.
	HostKey string `json:"host_key,omitempty" secret:"true"`
}
