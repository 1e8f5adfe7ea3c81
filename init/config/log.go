package config

// Log is what becomes of what the machine and its program have to say, besides
// being shown on the consoles.
type Log struct {
	// Level is the least severe level that the consoles show: "emerg", "alert",
	// "crit", "err", "warning", "notice", "info" or "debug", which is what empty
	// means. The server gets all.
	Level string `json:"level,omitempty"`
	// Server is the syslog server: "udp://HOST:PORT", "tcp://HOST:PORT" or
	// "tls://HOST:PORT". Empty for none. The last needs an init that was built
	// with TLS: see package logtls.
	Server string `json:"server,omitempty"`
	// CA are the certificates, in PEM, that a TLS server's own is checked by.
	CA string `json:"ca,omitempty"`
	// Queue is how many lines are kept for a server that cannot be reached; 0
	// means 1000.
	Queue int `json:"queue,omitempty"`
}

// DefaultQueue is how many lines are kept if the configuration does not say.
const DefaultQueue = 1000
