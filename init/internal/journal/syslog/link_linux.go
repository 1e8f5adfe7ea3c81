package syslog

import (
	"context"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

const (
	// sendTime is how long a server may take to read or acknowledge lines.
	sendTime = 10 * time.Second
	// refusalTime is how long the client waits, after it sent datagrams, for an ICMP
	// message that nobody receives them. It is longer than a round trip on a local
	// network.
	refusalTime = 10 * time.Millisecond
)

var errEnded = errors.New("the server has closed the connection")

// link is a connection to a server.
type link struct {
	net.Conn
	stream bool
	ended  chan struct{} // closed when the server has closed or refused the connection
	reason error         // the reason; set before ended is closed
}

func newLink(conn net.Conn, stream bool) *link {
	l := &link{Conn: conn, stream: stream, ended: make(chan struct{})}
	go func() { // a server sends nothing, so a read returns only when the connection ends
		defer close(l.ended)
		_, l.reason = io.Copy(io.Discard, struct{ io.Reader }{conn})
		if l.reason == nil {
			l.reason = errEnded
		}
	}()
	return l
}

// send sends messages: each as a datagram, or all in one piece of a stream.
func (l *link) send(messages [][]byte) error {
	if err := l.SetWriteDeadline(time.Now().Add(sendTime)); err != nil {
		return err
	}
	if !l.stream {
		for _, m := range messages {
			if _, err := l.Write(m); err != nil {
				return err
			}
		}
		return nil
	}
	var piece []byte
	for _, m := range messages {
		piece = appendFrame(piece, m)
	}
	_, err := l.Write(piece)
	return err
}

// settle waits until the server's kernel has acknowledged all that was sent, or until a
// datagram would have been refused. These protocols tell the client no more than that.
func (l *link) settle(ctx context.Context) error {
	if !l.stream {
		return l.pause(ctx, refusalTime)
	}
	deadline := time.Now().Add(sendTime)
	for wait := 100 * time.Microsecond; ; wait = min(2*wait, 50*time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.Errorf("the server has not acknowledged lines for %s", sendTime)
		}
		n, err := unacknowledged(l.Conn)
		if err != nil || n == 0 {
			return err
		}
		if err := l.pause(ctx, wait); err != nil {
			return err
		}
	}
}

// pause waits for d. It returns early, with an error, if the connection or ctx ends.
func (l *link) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-l.ended:
		return l.reason
	case <-ctx.Done():
		return ctx.Err()
	}
}

// unacknowledged returns how many of the bytes written to a TCP connection the other
// side has not acknowledged: SIOCOUTQ (tcp(7)). For a TLS connection it looks at the
// TCP connection inside.
func unacknowledged(conn net.Conn) (int, error) {
	if inner, ok := conn.(interface{ NetConn() net.Conn }); ok { // tls.Conn
		conn = inner.NetConn()
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return 0, nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	var failed error
	if err := raw.Control(func(fd uintptr) { n, failed = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) }); err != nil {
		return 0, err
	}
	return n, errors.Wrap(failed, "asking what the server has acknowledged")
}
