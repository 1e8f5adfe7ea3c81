package machine

import (
	"context"
	"net"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/dhcp4"
)

// wire is what the network asks of others.
type wire struct {
	exchange4   func(ctx context.Context, name string, q dhcp4.Question) (*dhcpv4.DHCPv4, error)
	exchange6   func(ctx context.Context, name string, m *dhcpv6.Message, answer dhcpv6.MessageType) (*dhcpv6.Message, error)
	hearRouters func(name string, index int) (routers, error)
	announce    func(index int, hardware net.HardwareAddr, a netip.Addr) error
}

func realWire() wire { return wire{exchange4(rawSocket), exchange6, hearRouters, announce} }
