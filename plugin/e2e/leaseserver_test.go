package e2e

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// leaseServer is a DHCP server on a cable to one machine, whose frames come by UDP
// (QEMU's -netdev socket). Its leases are renewed each second, and with each the
// name server is another one.
type leaseServer struct {
	conn   *net.UDPConn
	qemu   *net.UDPAddr
	grants atomic.Int32
}

const leaseServerMAC = "\x02\x00\x00\x00\x05\x01"

var leaseServerIP = net.IPv4(10, 5, 0, 1).To4()

func newLeaseServer(t *testing.T) *leaseServer {
	t.Helper()
	listen := func() *net.UDPConn {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	s := &leaseServer{conn: listen()}
	free := listen()
	s.qemu = free.LocalAddr().(*net.UDPAddr)
	_ = free.Close()
	t.Cleanup(func() { _ = s.conn.Close() })
	go s.serve(t)
	return s
}

// nic is the other end of the cable, as an argument for QEMU.
func (s *leaseServer) nic(mac string) []string {
	return []string{"-netdev", fmt.Sprintf("socket,id=lease,udp=%s,localaddr=%s", s.conn.LocalAddr(), s.qemu),
		"-device", "virtio-net-pci,netdev=lease,mac=" + mac}
}

// dns is the name server that the nth grant names.
func (s *leaseServer) dns(n int32) net.IP { return net.IPv4(10, 5, byte(n>>8), byte(n)) }

func (s *leaseServer) serve(t *testing.T) {
	for frame := make([]byte, 1<<16); ; {
		n, err := s.conn.Read(frame)
		if err != nil {
			return
		}
		if answer := s.answer(t, frame[:n]); answer != nil {
			_, _ = s.conn.WriteToUDP(answer, s.qemu)
		}
	}
}

// The places of what is read in an Ethernet frame (RFC 894) with ARP (RFC 826), or
// with IPv4 (RFC 791, no options) and UDP (RFC 768).
const (
	etherType, arpOperation, arpSender, arpTarget   = 12, 20, 22, 38
	ipProtocol, udpTarget, dhcpMessage, protocolUDP = 23, 36, 42, 17
)

func (s *leaseServer) answer(t *testing.T, frame []byte) []byte {
	if len(frame) < dhcpMessage {
		return nil
	}
	client := frame[6:12]
	switch binary.BigEndian.Uint16(frame[etherType:]) {
	case 0x0806:
		if frame[arpOperation+1] != 1 || !leaseServerIP.Equal(frame[arpTarget:arpTarget+4]) {
			return nil
		}
		b := append(append([]byte{}, client...), leaseServerMAC+"\x08\x06\x00\x01\x08\x00\x06\x04\x00\x02"+leaseServerMAC...)
		return append(append(b, leaseServerIP...), frame[arpSender:arpSender+10]...)
	case 0x0800:
		if frame[ipProtocol] != protocolUDP || binary.BigEndian.Uint16(frame[udpTarget:]) != dhcpv4.ServerPort {
			return nil
		}
		request, err := dhcpv4.FromBytes(frame[dhcpMessage:])
		if err != nil {
			t.Error(err)
			return nil
		}
		to := net.IPv4bcast.To4()
		if !request.ClientIPAddr.IsUnspecified() { // a renewal (RFC 2131, 4.1)
			to = request.ClientIPAddr.To4()
		}
		return packet(client, to, s.grant(t, request).ToBytes())
	}
	return nil
}

// grant answers a DISCOVER with an offer and a REQUEST with a lease.
func (s *leaseServer) grant(t *testing.T, request *dhcpv4.DHCPv4) *dhcpv4.DHCPv4 {
	kind, n := dhcpv4.MessageTypeOffer, s.grants.Load()
	if request.MessageType() == dhcpv4.MessageTypeRequest {
		kind, n = dhcpv4.MessageTypeAck, s.grants.Add(1)
	}
	answer, err := dhcpv4.NewReplyFromRequest(request, dhcpv4.WithMessageType(kind),
		dhcpv4.WithYourIP(net.IPv4(10, 5, 0, 9)), dhcpv4.WithNetmask(net.CIDRMask(16, 32)), dhcpv4.WithServerIP(leaseServerIP),
		dhcpv4.WithOption(dhcpv4.OptServerIdentifier(leaseServerIP)), dhcpv4.WithLeaseTime(3600),
		dhcpv4.WithOption(dhcpv4.OptRenewTimeValue(time.Second)), dhcpv4.WithDNS(s.dns(n)))
	if err != nil {
		t.Error(err)
	}
	return answer
}

// packet is a frame to a DHCP client.
func packet(client, to, payload []byte) []byte {
	ip := append([]byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocolUDP, 0, 0, 10, 5, 0, 1}, to...)
	binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)+8+len(payload)))
	sum := uint32(0)
	for i := 0; i < len(ip); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(ip[i:]))
	}
	binary.BigEndian.PutUint16(ip[10:], ^uint16(sum+sum>>16))
	udp := []byte{0, dhcpv4.ServerPort, 0, dhcpv4.ClientPort, 0, 0, 0, 0} // no checksum
	binary.BigEndian.PutUint16(udp[4:], uint16(len(udp)+len(payload)))
	frame := append(append([]byte{}, client...), leaseServerMAC+"\x08\x00"...)
	return append(append(append(frame, ip...), udp...), payload...)
}
