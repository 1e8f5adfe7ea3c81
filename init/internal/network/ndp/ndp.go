// Package ndp reads what the kernel leaves to others in a router's
// advertisement of IPv6 (RFC 4861, 4.2; RFC 8106): name servers, domains, and
// whether there is a DHCPv6 server to ask.
package ndp

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// Advertisement is what a router says.
type Advertisement struct {
	// Managed says that a DHCPv6 server gives addresses, Other that it knows
	// other things.
	Managed, Other bool
	DNS            []Server
	Search         []Domain
}

// Server is a name server, for a time. No time takes it back.
type Server struct {
	Address  netip.Addr
	Lifetime time.Duration
}

// Domain is a search domain, for a time.
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
	headerSize   = 16 // up to the options
	flagsAt      = 5
	managed      = 0x80
	other        = 0x40
	optionHeader = 8 // type, length, reserved, lifetime: the same in both options
)

// Parse reads an ICMPv6 message, from its type on. An option that it does not
// know, or that makes no sense, is passed over.
func Parse(message []byte) (Advertisement, error) {
	if len(message) < headerSize || message[0] != TypeAdvertisement || message[1] != 0 {
		return Advertisement{}, errors.Errorf("%d bytes are no router advertisement", len(message))
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

// domains reads names as lists of labels, each after its length and the last
// empty (RFC 1035, 3.1), with zeros to the end.
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
			break // a name without an end
		}
		labels, value = append(labels, string(value[1:1+size])), value[1+size:]
	}
	return names
}
