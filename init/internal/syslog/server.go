package syslog

import (
	"net"
	"net/url"

	"github.com/pkg/errors"
)

// Server is where messages go.
type Server struct {
	// Network is "udp", "tcp" or "tls".
	Network string
	// Address is a host and a port.
	Address string
}

// ParseServer reads a server's URL, such as "udp://10.0.2.2" or
// "tls://logs.example.com:6514". Without a port it is the network's usual one.
func ParseServer(text string) (Server, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Server{}, errors.Wrap(err, "the syslog server")
	}
	port, ok := map[string]string{
		"udp": "514",  // RFC 5426, 3.3
		"tcp": "601",  // RFC 3195, 9.2, and IANA's syslog-conn
		"tls": "6514", // RFC 5425, 4.1
	}[u.Scheme]
	if !ok || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.User != nil {
		return Server{}, errors.Errorf("the syslog server must be udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, not %q", text)
	}
	if u.Port() != "" {
		port = u.Port()
	}
	return Server{u.Scheme, net.JoinHostPort(u.Hostname(), port)}, nil
}

func (s Server) String() string { return s.Network + "://" + s.Address }

// stream tells whether messages need frames.
func (s Server) stream() bool { return s.Network != "udp" }
