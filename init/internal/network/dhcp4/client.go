package dhcp4

import (
	"context"
	"math/rand/v2"
	"net"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/iana"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp"
)

// Client asks for leases. It implements dhcp.Protocol.
type Client struct {
	// Hardware is the interface's hardware address. Hostname is the machine's name; the
	// client sends none if it is empty.
	Hardware net.HardwareAddr
	Hostname string
	// Exchange sends a question, repeats it while there is no answer, and returns the
	// first answer that the question accepts.
	Exchange func(ctx context.Context, q Question) (*dhcpv4.DHCPv4, error)
}

// Question is a message to one server or to all servers.
type Question struct {
	Message *dhcpv4.DHCPv4
	// From and To are the addresses of a message to one server. They are nil for a
	// message to all servers of the link; the machine may have no address yet then.
	From, To net.IP
	// Accept reports whether a message with the question's transaction ID is its
	// answer.
	Accept func(*dhcpv4.DHCPv4) bool
}

// largestMessage is the size in bytes of the largest message that the client accepts
// (RFC 2132, 9.10).
const largestMessage = 1500

// Acquire asks for offers and requests the first one (RFC 2131, 3.1).
func (c Client) Acquire(ctx context.Context) (*Lease, error) {
	discover := c.message(dhcpv4.MessageTypeDiscover)
	offer, err := c.Exchange(ctx, Question{Message: discover, Accept: isOffer})
	if err != nil {
		return nil, err
	}
	request := c.message(dhcpv4.MessageTypeRequest, dhcpv4.OptRequestedIPAddress(offer.YourIPAddr))
	request.TransactionID = discover.TransactionID // RFC 2131, 4.4.1
	if server := offer.ServerIdentifier(); server != nil {
		request.UpdateOption(dhcpv4.OptServerIdentifier(server))
	}
	return c.request(ctx, Question{Message: request})
}

// Confirm asks whether a lease still holds, in the state INIT-REBOOT (RFC 2131, 4.3.2).
func (c Client) Confirm(ctx context.Context, lease *Lease) (*Lease, error) {
	return c.request(ctx, Question{Message: c.message(dhcpv4.MessageTypeRequest,
		dhcpv4.OptRequestedIPAddress(lease.Address.Addr().AsSlice()))})
}

// Renew asks the server that granted the lease for more time (RFC 2131, 4.4.5).
func (c Client) Renew(ctx context.Context, lease *Lease) (*Lease, error) {
	q := c.extension(lease)
	if lease.Server.IsValid() {
		q.From, q.To = lease.Address.Addr().AsSlice(), lease.Server.AsSlice()
	}
	return c.request(ctx, q)
}

// Rebind asks all servers for more time.
func (c Client) Rebind(ctx context.Context, lease *Lease) (*Lease, error) {
	return c.request(ctx, c.extension(lease))
}

func (c Client) extension(lease *Lease) Question {
	m := c.message(dhcpv4.MessageTypeRequest)
	m.ClientIPAddr = lease.Address.Addr().AsSlice()
	return Question{Message: m}
}

// request sends a request and reads the server's acknowledgement.
func (c Client) request(ctx context.Context, q Question) (*Lease, error) {
	q.Accept = isType(dhcpv4.MessageTypeAck, dhcpv4.MessageTypeNak)
	answer, err := c.Exchange(ctx, q)
	if err != nil {
		return nil, err
	}
	if answer.MessageType() == dhcpv4.MessageTypeNak {
		return nil, errors.Wrapf(dhcp.ErrRefused, "the server %s: %q", answer.ServerIdentifier(), answer.Message())
	}
	return read(answer)
}

// message returns a message with the fields that all messages have. The transaction ID
// only tells transactions apart. It need not be secret, because everybody on the link
// sees it, so it need not wait for the kernel's random numbers.
func (c Client) message(t dhcpv4.MessageType, options ...dhcpv4.Option) *dhcpv4.DHCPv4 {
	m := &dhcpv4.DHCPv4{
		OpCode: dhcpv4.OpcodeBootRequest, HWType: iana.HWTypeEthernet, ClientHWAddr: c.Hardware,
		ClientIPAddr: net.IPv4zero, YourIPAddr: net.IPv4zero, ServerIPAddr: net.IPv4zero, GatewayIPAddr: net.IPv4zero,
		Options: dhcpv4.Options{},
	}
	for i := range m.TransactionID {
		m.TransactionID[i] = byte(rand.Uint32())
	}
	m.UpdateOption(dhcpv4.OptMessageType(t))
	m.UpdateOption(dhcpv4.OptMaxMessageSize(largestMessage))
	m.UpdateOption(dhcpv4.OptParameterRequestList(
		dhcpv4.OptionSubnetMask, dhcpv4.OptionClasslessStaticRoute, dhcpv4.OptionRouter,
		dhcpv4.OptionDomainNameServer, dhcpv4.OptionDomainName, dhcpv4.OptionDNSDomainSearchList,
		dhcpv4.OptionHostName, dhcpv4.OptionInterfaceMTU, dhcpv4.OptionNTPServers,
		dhcpv4.OptionRenewTimeValue, dhcpv4.OptionRebindingTimeValue,
	))
	if c.Hostname != "" {
		m.UpdateOption(dhcpv4.OptHostName(c.Hostname))
	}
	for _, o := range options {
		m.UpdateOption(o)
	}
	return m
}

// isOffer accepts an offer only if it has an address: another server's offer may have
// one.
func isOffer(m *dhcpv4.DHCPv4) bool {
	return m.MessageType() == dhcpv4.MessageTypeOffer && m.YourIPAddr != nil && !m.YourIPAddr.IsUnspecified()
}

func isType(types ...dhcpv4.MessageType) func(*dhcpv4.DHCPv4) bool {
	return func(m *dhcpv4.DHCPv4) bool {
		for _, t := range types {
			if m.MessageType() == t {
				return true
			}
		}
		return false
	}
}
