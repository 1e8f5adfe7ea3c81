package config

// Log says where the lines of the machine and its programs go, besides the consoles.
type Log struct {
	// Level is the least severe level that the consoles show: "emerg", "alert", "crit",
	// "err", "warning", "notice", "info" or "debug". Empty means "debug". The server
	// gets all lines.
	Level string `json:"level,omitempty"`
	// Server is the syslog server: "udp://HOST:PORT", "tcp://HOST:PORT" or
	// "tls://HOST:PORT". Empty means none. TLS needs an init that was built with it:
	// see package logtls.
	Server string `json:"server,omitempty"`
	// CA holds the certificates, in PEM, that verify the TLS server's certificate. If it
	// is empty, the authorities that the machine trusts do.
	CA string `json:"ca,omitempty"`
	// Queue is how many lines are kept while the server cannot be reached. 0 means
	// DefaultQueue.
	Queue int `json:"queue,omitempty"`
}

// DefaultQueue is the number of lines that are kept by default.
const DefaultQueue = 1000
