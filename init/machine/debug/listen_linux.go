package debug

import (
	"context"
	"net"
	"syscall"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// listen listens on a TCP address. If an interface is named, it accepts only
// connections from that interface (socket(7), SO_BINDTODEVICE). It does not use the
// interface's address, which may be unknown yet, or change.
func listen(ctx context.Context, address, iface string) (net.Listener, error) {
	l := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		if iface == "" {
			return nil
		}
		var failed error
		if err := c.Control(func(fd uintptr) { failed = unix.BindToDevice(int(fd), iface) }); err != nil {
			return err
		}
		return failed
	}}
	listener, err := l.Listen(ctx, "tcp", address)
	if iface != "" {
		return listener, errors.Wrapf(err, "listening on %s of %s", address, iface)
	}
	return listener, errors.Wrapf(err, "listening on %s", address)
}
