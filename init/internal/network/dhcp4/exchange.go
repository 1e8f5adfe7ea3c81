//go:build linux

package dhcp4

import (
	"context"
	"net"
	"syscall"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/packet"
)

// A question is repeated after 250 ms, and then each time after twice the last
// interval, within 7.75 s. The first ones often get lost, because a link that has just
// come up is deaf for a second.
const (
	firstRepeat = 250 * time.Millisecond
	repeats     = 5
)

// Exchange returns a function that sends a question to the DHCPv4 servers of an
// interface that is up, and returns the answer. raw opens a raw socket on an interface:
// see RawSocket.
func Exchange(raw func(name string) (net.PacketConn, error)) func(context.Context, string, Question) (*dhcpv4.DHCPv4, error) {
	return func(ctx context.Context, name string, q Question) (*dhcpv4.DHCPv4, error) {
		conn, err := socket(name, q, raw)
		if err != nil {
			return nil, err
		}
		return ask(ctx, conn, q)
	}
}

// RawSocket opens a raw socket for a DHCP client on an interface.
func RawSocket(name string) (net.PacketConn, error) {
	return nclient4.NewRawUDPConn(name, nclient4.ClientPort)
}

// ask sends a question, repeats it while there is no answer, and closes the socket.
func ask(ctx context.Context, conn net.PacketConn, q Question) (*dhcpv4.DHCPv4, error) {
	conn = packet.Guard(conn, func(p []byte) error {
		_, err := dhcpv4.FromBytes(p)
		return err
	})
	client, err := nclient4.NewWithConn(conn, q.Message.ClientHWAddr, nclient4.WithTimeout(firstRepeat), nclient4.WithRetry(repeats))
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	defer client.Close()
	to := nclient4.DefaultServers
	if q.To != nil {
		to = &net.UDPAddr{IP: q.To, Port: nclient4.ServerPort}
	}
	return client.SendAndRead(ctx, to, q.Message, q.Accept)
}

// socket opens the socket for a question. A question to one server goes through a UDP
// socket. A question to all servers needs a raw socket, because the machine has no
// address yet to which a server could send its answer. A kernel without raw sockets
// (AF_PACKET, Alpine's module af_packet) gets a UDP socket, and the question asks the
// servers to broadcast their answers.
func socket(name string, q Question, raw func(string) (net.PacketConn, error)) (net.PacketConn, error) {
	if q.To != nil {
		return udp(name, q.From)
	}
	conn, err := raw(name)
	if kernelapi.Errno(err) == unix.EAFNOSUPPORT {
		q.Message.SetBroadcast()
		return udp(name, net.IPv4zero)
	}
	return conn, errors.Wrapf(err, "opening a raw socket on %s", name)
}

// udp opens a UDP socket on the client's port, bound to one interface.
func udp(name string, from net.IP) (net.PacketConn, error) {
	var failed error
	listen := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		err := c.Control(func(fd uintptr) {
			failed = unix.SetsockoptString(int(fd), unix.SOL_SOCKET, unix.SO_BINDTODEVICE, name)
		})
		if err != nil {
			return err
		}
		return failed
	}}
	conn, err := listen.ListenPacket(context.Background(), "udp4", (&net.UDPAddr{IP: from, Port: nclient4.ClientPort}).String())
	return conn, errors.Wrapf(err, "opening a DHCP client's socket on %s", name)
}
