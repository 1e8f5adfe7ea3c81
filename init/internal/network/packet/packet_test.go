package packet

import (
	"io"
	"net"
	"testing"

	"github.com/pkg/errors"
)

// packets is a connection that returns its packets and then ends. It panics at an empty
// one.
type packets struct {
	net.PacketConn
	left []string
}

func (p *packets) ReadFrom(b []byte) (int, net.Addr, error) {
	if len(p.left) == 0 {
		return 0, nil, io.EOF
	}
	next := p.left[0]
	p.left = p.left[1:]
	_ = next[0]
	return copy(b, next), &net.UDPAddr{Port: len(p.left)}, nil
}

func TestGuard(t *testing.T) {
	parse := func(packet []byte) error {
		switch string(packet) {
		case "bad":
			return errors.New("no")
		case "worse":
			panic("slice bounds out of range")
		}
		return nil
	}
	conn := Guard(&packets{left: []string{"one", "", "bad", "worse", "two"}}, parse)
	b := make([]byte, 16)
	for _, want := range []string{"one", "two"} {
		if n, _, err := conn.ReadFrom(b); err != nil || string(b[:n]) != want {
			t.Errorf("%q, %v, want %q", b[:n], err, want)
		}
	}
	if _, _, err := conn.ReadFrom(b); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}
