package config

// Debug is how a person looks into a running machine. Nothing of it is there
// unless it is configured, and the init must be one with package machine/debug.
type Debug struct {
	// Interface is the one network interface by which SSH and the page can be
	// reached, whatever its address; empty for all.
	Interface string `json:"interface,omitempty"`
	// SSH is the way into a shell, as root.
	SSH SSH `json:"ssh,omitzero"`
	// Page is the TCP address of the status page, such as ":8081"; empty for
	// none. Whoever reaches it can read it.
	Page string `json:"page,omitempty"`
}

// SSH is who may log in where.
type SSH struct {
	// Listen is the TCP address, such as ":22"; empty for no SSH.
	Listen string `json:"listen,omitempty"`
	// AuthorizedKeys are the public keys whose holders may log in: each a line of
	// authorized_keys (sshd(8)) without options, or a key's fingerprint as
	// ssh-keygen -l shows it, "SHA256:...". So are the keys in
	// /root/.ssh/authorized_keys, a file of the running machine.
	AuthorizedKeys []string `json:"authorized_keys,omitempty"`
	// HostKey is the machine's private key, PEM or as ssh-keygen writes it. If it
	// is empty, each start makes one, whose fingerprint is on the consoles.
	HostKey string `json:"host_key,omitempty" secret:"true"`
}
