package dhcp6

import (
	"context"
	"math/rand/v2"
	"net"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

// Client asks for leases. It implements dhcp.Protocol.
type Client struct {
	// Hardware is the interface's hardware address.
	Hardware net.HardwareAddr
	// Address makes the client ask for an address too, not only for the server's other
	// information.
	Address bool
	// Exchange sends a message to all servers of the link, repeats it while there is no
	// answer, and returns the first answer of the given type.
	Exchange func(ctx context.Context, message *dhcpv6.Message, answer dhcpv6.MessageType) (*dhcpv6.Message, error)
}

// Acquire asks all servers and requests what the first one offers.
func (c Client) Acquire(ctx context.Context) (*Lease, error) {
	if !c.Address {
		reply, err := c.Exchange(ctx, c.message(dhcpv6.MessageTypeInformationRequest), dhcpv6.MessageTypeReply)
		if err != nil {
			return nil, err
		}
		return readOthers(reply), nil
	}
	solicit := c.message(dhcpv6.MessageTypeSolicit, c.association(nil))
	offer, err := c.Exchange(ctx, solicit, dhcpv6.MessageTypeAdvertise)
	if err != nil {
		return nil, err
	}
	offered, err := read(offer)
	if err != nil {
		return nil, err
	}
	return c.ask(ctx, dhcpv6.MessageTypeRequest, offered, dhcpv6.OptServerID(offered.server))
}

// Confirm asks all servers whether a lease holds. It sends a Rebind, which asks for
// more time too, because a server may leave a Confirm unanswered (RFC 8415, 18.3.3).
func (c Client) Confirm(ctx context.Context, lease *Lease) (*Lease, error) {
	return c.Rebind(ctx, lease)
}

// Renew asks the server that granted the lease for more time.
func (c Client) Renew(ctx context.Context, lease *Lease) (*Lease, error) {
	return c.ask(ctx, dhcpv6.MessageTypeRenew, lease, dhcpv6.OptServerID(lease.server))
}

// Rebind asks all servers for more time.
func (c Client) Rebind(ctx context.Context, lease *Lease) (*Lease, error) {
	return c.ask(ctx, dhcpv6.MessageTypeRebind, lease)
}

func (c Client) ask(ctx context.Context, t dhcpv6.MessageType, lease *Lease, options ...dhcpv6.Option) (*Lease, error) {
	if !c.Address {
		return c.Acquire(ctx)
	}
	address := &dhcpv6.OptIAAddress{IPv6Addr: lease.Address.AsSlice()}
	reply, err := c.Exchange(ctx, c.message(t, append(options, c.association(address))...), dhcpv6.MessageTypeReply)
	if err != nil {
		return nil, err
	}
	return read(reply)
}

// association returns the interface's only identity association. Its ID is the end of
// the hardware address.
func (c Client) association(address dhcpv6.Option) *dhcpv6.OptIANA {
	a := &dhcpv6.OptIANA{}
	copy(a.IaId[:], c.Hardware[max(0, len(c.Hardware)-len(a.IaId)):])
	if address != nil {
		a.Options.Add(address)
	}
	return a
}

// message returns a message with the options that all messages have. The transaction ID
// need not be secret, so it need not wait for the kernel's random numbers.
func (c Client) message(t dhcpv6.MessageType, options ...dhcpv6.Option) *dhcpv6.Message {
	m := &dhcpv6.Message{MessageType: t}
	for i := range m.TransactionID {
		m.TransactionID[i] = byte(rand.Uint32())
	}
	m.AddOption(dhcpv6.OptClientID(&dhcpv6.DUIDLL{HWType: iana.HWTypeEthernet, LinkLayerAddr: c.Hardware}))
	m.AddOption(dhcpv6.OptElapsedTime(0))
	m.AddOption(dhcpv6.OptRequestedOption(dhcpv6.OptionDNSRecursiveNameServer, dhcpv6.OptionDomainSearchList,
		dhcpv6.OptionNTPServer, dhcpv6.OptionSNTPServerList, dhcpv6.OptionInformationRefreshTime))
	for _, o := range options {
		m.AddOption(o)
	}
	return m
}
