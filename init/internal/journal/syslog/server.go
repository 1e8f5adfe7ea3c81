package syslog

import (
	"net"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Server is the destination of messages.
type Server struct {
	// Network is "udp", "tcp" or "tls".
	Network string
	// Address is a host and a port, such as "10.0.2.2:514".
	Address string
}

// ParseServer parses a server's URL, such as "udp://10.0.2.2" or
// "tls://logs.example.com:6514". Without a port it takes the network's usual one. It
// does not use package net/url, because nothing else in a machine needs that.
func ParseServer(text string) (Server, error) {
	network, rest, _ := strings.Cut(text, "://")
	port, ok := map[string]string{
		"udp": "514",  // RFC 5426, 3.3
		"tcp": "601",  // RFC 3195, 9.2, and IANA's syslog-conn
		"tls": "6514", // RFC 5425, 4.1
	}[network]
	host := strings.TrimSuffix(rest, "/")
	if h, p, err := net.SplitHostPort(host); err == nil {
		host, port = h, p
	} else if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	if _, err := strconv.ParseUint(port, 10, 16); !ok || host == "" || err != nil || strings.ContainsAny(host, "/?#@[]% ") {
		return Server{}, errors.Errorf("the syslog server must be udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, not %q", text)
	}
	return Server{network, net.JoinHostPort(host, port)}, nil
}

func (s Server) String() string { return s.Network + "://" + s.Address }

// stream reports whether messages need frames.
func (s Server) stream() bool { return s.Network != "udp" }
