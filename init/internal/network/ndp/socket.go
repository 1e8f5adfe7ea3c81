//go:build linux

package ndp

import (
	"context"
	"encoding/binary"
	"net"
	"syscall"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// hopLimit is the hop limit of every message between neighbours. A lower one means that
// a router has forwarded the message (RFC 4861, 6.1.2).
const hopLimit = 255

// Routers are the routers of one link.
type Routers interface {
	// Hear waits for a router advertisement and returns it.
	Hear() ([]byte, error)
	// Solicit asks the routers for an advertisement.
	Solicit() error
	Close() error
}

// icmp6 is a socket for messages to and from the routers of one link.
type icmp6 struct {
	*net.IPConn
	name string
}

// Listen opens a socket on an interface. The interface need not be up.
func Listen(name string, index int) (Routers, error) {
	listen := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) { failed = setUpICMP6(int(fd), name, index) })
		if err != nil {
			return err
		}
		return failed
	}}
	conn, err := listen.ListenPacket(context.Background(), "ip6:ipv6-icmp", "::")
	if err != nil {
		return nil, errors.Wrapf(err, "opening a socket for the routers of %s", name)
	}
	return icmp6{conn.(*net.IPConn), name}, nil
}

// setUpICMP6 sets the socket to receive only router advertisements on one interface,
// with their hop limits (RFC 3542, 3.2 and 6.3).
func setUpICMP6(fd int, name string, index int) error {
	var filter unix.ICMPv6Filter
	for i := range filter.Data {
		filter.Data[i] = ^uint32(0) // a set bit blocks a type
	}
	filter.Data[TypeAdvertisement/32] &^= 1 << (TypeAdvertisement % 32)
	if err := unix.SetsockoptICMPv6Filter(fd, unix.IPPROTO_ICMPV6, unix.ICMPV6_FILTER, &filter); err != nil {
		return err
	}
	if err := unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, name); err != nil {
		return err
	}
	for option, value := range map[int]int{
		unix.IPV6_RECVHOPLIMIT: 1, unix.IPV6_MULTICAST_HOPS: hopLimit, unix.IPV6_MULTICAST_IF: index,
	} {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, option, value); err != nil {
			return err
		}
	}
	return nil
}

func (c icmp6) Hear() ([]byte, error) {
	message, control := make([]byte, 1<<16), make([]byte, 64)
	for {
		n, controlSize, _, from, err := c.ReadMsgIP(message, control)
		if err != nil {
			return nil, err
		}
		if from.IP.IsLinkLocalUnicast() && hops(control[:controlSize]) == hopLimit {
			return message[:n], nil
		}
	}
}

// hops returns the hop limit of a received message, or 0 if it is missing.
func hops(control []byte) int {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return 0
	}
	for _, m := range messages {
		if m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_HOPLIMIT && len(m.Data) >= 4 {
			return int(binary.NativeEndian.Uint32(m.Data))
		}
	}
	return 0
}

func (c icmp6) Solicit() error {
	// Type, code, checksum (filled in by the kernel) and four reserved bytes: RFC 4861,
	// 4.1.
	message := []byte{TypeSolicitation, 0, 0, 0, 0, 0, 0, 0}
	_, err := c.WriteTo(message, &net.IPAddr{IP: net.IPv6linklocalallrouters, Zone: c.name})
	return err
}
