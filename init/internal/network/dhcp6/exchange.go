//go:build linux

package dhcp6

import (
	"context"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/dhcpv6/nclient6"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/packet"
)

// A question is repeated after 250 ms, and then each time after twice the last
// interval, within 7.75 s.
const (
	firstRepeat = 250 * time.Millisecond
	repeats     = 5
)

// Exchange sends a message to the DHCPv6 servers of an interface that has a link-local
// address, and returns the first answer of the given type.
func Exchange(ctx context.Context, name string, m *dhcpv6.Message, answer dhcpv6.MessageType) (*dhcpv6.Message, error) {
	conn, err := nclient6.NewIPv6UDPConn(name, dhcpv6.DefaultClientPort)
	if err != nil {
		return nil, errors.Wrapf(err, "opening a DHCPv6 client's socket on %s", name)
	}
	conn = packet.Guard(conn, func(p []byte) error {
		_, err := dhcpv6.MessageFromBytes(p)
		return err
	})
	client, err := nclient6.NewWithConn(conn, nil, nclient6.WithTimeout(firstRepeat), nclient6.WithRetry(repeats))
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	defer client.Close()
	return client.SendAndRead(ctx, nclient6.AllDHCPRelayAgentsAndServers, m, nclient6.IsMessageType(answer))
}
