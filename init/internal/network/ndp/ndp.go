// Package ndp reads the parts of an IPv6 router advertisement (RFC 4861, 4.2; RFC 8106)
// that the kernel leaves to user space: name servers, domains, and whether to ask a
// DHCPv6 server.
package ndp

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// Advertisement is the content of a router advertisement.
type Advertisement struct {
	// Managed means that a DHCPv6 server gives addresses. Other means that it has other
	// information.
	Managed, Other bool
	DNS            []Server
	Search         []Domain
}

// Server is a name server for a limited time. A lifetime of zero withdraws it.
type Server struct {
	Address  netip.Addr
	Lifetime time.Duration
}

// Domain is a search domain for a limited time.
type Domain struct {
	Name     string
	Lifetime time.Duration
}

// Types of ICMPv6 messages and of options (RFC 4861, 4.1, 4.2; RFC 8106, 5.1, 5.2).
const (
	TypeSolicitation  = 133
	TypeAdvertisement = 134

	optionRDNSS = 25
	optionDNSSL = 31
)

const (
	headerSize   = 16 // the options follow it
	flagsAt      = 5
	managed      = 0x80
	other        = 0x40
	optionHeader = 8 // type, length, reserved, lifetime: the same for both types
)

// Parse parses an ICMPv6 message, which starts with its type. It skips options that it
// does not know or that make no sense.
func Parse(message []byte) (Advertisement, error) {
	if len(message) < headerSize || message[0] != TypeAdvertisement || message[1] != 0 {
		return Advertisement{}, errors.Errorf("a message of %d bytes is not a router advertisement", len(message))
	}
	a := Advertisement{Managed: message[flagsAt]&managed != 0, Other: message[flagsAt]&other != 0}
	for rest := message[headerSize:]; len(rest) > 0; {
		if len(rest) < 2 || rest[1] == 0 || len(rest) < int(rest[1])*8 { // the length is in units of 8 bytes
			return Advertisement{}, errors.New("a router advertisement ends within an option")
		}
		option := rest[:int(rest[1])*8]
		rest = rest[len(option):]
		if len(option) == optionHeader {
			continue
		}
		lifetime := time.Duration(binary.BigEndian.Uint32(option[4:])) * time.Second
		switch option[0] {
		case optionRDNSS:
			for value := option[optionHeader:]; len(value) >= 16; value = value[16:] {
				a.DNS = append(a.DNS, Server{netip.AddrFrom16([16]byte(value)), lifetime})
			}
		case optionDNSSL:
			for _, name := range domains(option[optionHeader:]) {
				a.Search = append(a.Search, Domain{name, lifetime})
			}
		}
	}
	return a, nil
}

// domains parses names. Each is a list of labels with a length before each, and ends
// with an empty label (RFC 1035, 3.1). Zeros fill the rest.
func domains(value []byte) []string {
	var names, labels []string
	for len(value) > 0 {
		size := int(value[0])
		if size == 0 {
			if len(labels) > 0 {
				names = append(names, strings.Join(labels, "."))
			}
			labels, value = nil, value[1:]
			continue
		}
		if size >= len(value) {
			break // the name has no end
		}
		labels, value = append(labels, string(value[1:1+size])), value[1+size:]
	}
	return names
}
