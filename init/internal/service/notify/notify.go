// Package notify hears what a program says of itself in the protocol of
// sd_notify(3): datagrams to a Unix socket, of lines NAME=value.
package notify

import (
	"net"
	"os"
	"strings"

	"github.com/pkg/errors"
)

// Message is what one datagram says.
type Message struct {
	Ready    bool // READY=1: the program works
	Watchdog bool // WATCHDOG=1: it still does
}

// Parse reads a datagram. Names that are not known are passed over, as the
// protocol wants it.
func Parse(datagram string) Message {
	var m Message
	for line := range strings.Lines(datagram) {
		switch strings.TrimSuffix(line, "\n") {
		case "READY=1":
			m.Ready = true
		case "WATCHDOG=1":
			m.Watchdog = true
		}
	}
	return m
}

// Listen makes the socket at a path, in the place of what is there, for
// programs of any user, and calls heard with each message until it is closed.
func Listen(path string, heard func(Message)) (*net.UnixConn, error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, errors.Wrap(err, "making the socket for sd_notify")
	}
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, errors.Wrap(err, "making the socket for sd_notify")
	}
	if err := os.Chmod(path, 0o666); err != nil {
		_ = socket.Close()
		return nil, errors.Wrap(err, "making the socket for sd_notify")
	}
	go func() {
		datagram := make([]byte, 4096)
		for {
			n, err := socket.Read(datagram)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				heard(Parse(string(datagram[:n])))
			}
		}
	}()
	return socket, nil
}
