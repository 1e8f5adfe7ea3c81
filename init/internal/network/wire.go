//go:build linux

package network

import (
	"context"
	"net"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp4"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp6"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/ndp"
)

// wire holds the functions that talk to other machines. Tests replace them and play the
// other machines.
type wire struct {
	exchange4   func(ctx context.Context, name string, q dhcp4.Question) (*dhcpv4.DHCPv4, error)
	exchange6   func(ctx context.Context, name string, m *dhcpv6.Message, answer dhcpv6.MessageType) (*dhcpv6.Message, error)
	hearRouters func(name string, index int) (ndp.Routers, error)
	announce    func(index int, hardware net.HardwareAddr, a netip.Addr) error
}

func realWire() wire {
	return wire{dhcp4.Exchange(dhcp4.RawSocket), dhcp6.Exchange, ndp.Listen, announce}
}
