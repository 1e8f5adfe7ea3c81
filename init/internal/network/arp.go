//go:build linux

package network

import (
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// announce tells the other machines on the link that an IPv4 address is here, so that
// they stop sending to a machine that had it before. It does nothing on a kernel
// without raw sockets.
func (n *nic) announce(a netip.Addr) {
	if !a.Is4() {
		return
	}
	err := n.wire.announce(n.link.Attrs().Index, n.link.Attrs().HardwareAddr, a)
	if err != nil && kernelapi.Errno(err) != unix.EAFNOSUPPORT {
		n.Report("network", errors.Wrapf(err, "announcing %s on %s", a, n.name))
	}
}

// announce broadcasts an ARP request for an address of this machine (RFC 5227, 2.3 and
// 3).
func announce(index int, hardware net.HardwareAddr, a netip.Addr) error {
	if len(hardware) != 6 {
		return errors.Errorf("%q is not an Ethernet address", hardware)
	}
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	to := &unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ARP), Ifindex: index, Halen: 6}
	for i := range 6 {
		to.Addr[i] = 0xff
	}
	return unix.Sendto(socket, arpAnnouncement(hardware, a), 0, to)
}

// arpAnnouncement returns an ARP request whose sender and target are the same (RFC
// 826).
func arpAnnouncement(hardware net.HardwareAddr, a netip.Addr) []byte {
	const ethernet, request = 1, 1
	m := binary.BigEndian.AppendUint16(nil, ethernet)
	m = binary.BigEndian.AppendUint16(m, unix.ETH_P_IP)
	m = append(m, 6, 4, 0, request)
	m = append(append(m, hardware...), a.AsSlice()...)
	return append(append(m, make([]byte, 6)...), a.AsSlice()...)
}

// bigEndian converts a number to network byte order, which packet(7) requires.
func bigEndian(n uint16) uint16 { return n<<8 | n>>8 }
