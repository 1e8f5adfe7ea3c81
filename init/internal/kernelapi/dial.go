package kernelapi

import (
	"context"
	"net"
	"net/netip"

	"github.com/pkg/errors"
)

// DialTCP connects. net.Dialer could be cancelled, but it brings a resolver of 250 KB, so
// an attempt that takes longer than ctx is left to TCP, which gives up after two minutes.
func DialTCP(ctx context.Context, to netip.AddrPort) (*net.TCPConn, error) {
	type result struct {
		conn *net.TCPConn
		err  error
	}
	dialled := make(chan result)
	go func() {
		conn, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(to))
		select {
		case dialled <- result{conn, err}:
		case <-ctx.Done():
			if err == nil {
				_ = conn.Close()
			}
		}
	}()
	select {
	case r := <-dialled:
		return r.conn, r.err
	case <-ctx.Done():
		return nil, errors.Wrapf(ctx.Err(), "connecting to %s", to)
	}
}
