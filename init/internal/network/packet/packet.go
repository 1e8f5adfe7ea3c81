// Package packet protects PID 1 from a library that parses packets in a goroutine of
// its own: a panic there would end PID 1.
package packet

import "net"

// Guard returns conn without the packets at which parse, or conn itself, fails or
// panics.
func Guard(conn net.PacketConn, parse func(packet []byte) error) net.PacketConn {
	return guarded{conn, parse}
}

type guarded struct {
	net.PacketConn
	parse func([]byte) error
}

func (g guarded) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		if n, from, err, ok := g.readFrom(b); ok {
			return n, from, err
		}
	}
}

// readFrom reads one packet. ok is false if others would fail to parse it.
func (g guarded) readFrom(b []byte) (n int, from net.Addr, err error, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	n, from, err = g.PacketConn.ReadFrom(b)
	return n, from, err, err != nil || g.parse(b[:n]) == nil
}
