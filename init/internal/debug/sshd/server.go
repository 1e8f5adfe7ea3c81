// Package sshd is an SSH server for a machine that has one user: whoever holds
// an authorized key. It offers commands, shells, file transfer and forwarded
// ports; what runs for a client is the caller's to say.
package sshd

import (
	"context"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"
)

// Bounds on what clients can take of the machine. A connection that has not
// logged in counts, too.
const (
	maxConnections = 64
	maxSessions    = 16 // of one connection, at a time
	maxForwards    = 64 // of one connection, at a time
	// loginTime is what a client has to log in. A machine that is emulated, not
	// virtualised, needs seconds for it.
	loginTime = 30 * time.Second
	// endTime is what sessions have to end by themselves when the server does.
	endTime = time.Second
)

// Part is a subsystem that is a part of this process. It speaks with the client that
// logged in with a key, of which it gets the fingerprint, until it returns the exit
// status. ctx ends with the connection.
type Part func(ctx context.Context, key string, client io.ReadWriteCloser) (status int)

// Server is an SSH server. All fields but Parts and Logf are needed.
type Server struct {
	// HostKey is the machine's private key.
	HostKey ssh.Signer
	// Authorized tells whether the holder of a key may log in.
	Authorized func(key ssh.PublicKey) bool
	// Start starts what a session asks for.
	Start func(Command) (*Process, error)
	// Parts are subsystems by their names, besides those that Start serves.
	Parts map[string]Part
	// Logf takes a line on each login and on each client that was turned away.
	Logf func(format string, args ...any)
}

// Serve serves clients until ctx ends, and returns nil when it has let go of
// them all; or it returns the error by which listening ended.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	var connections sync.WaitGroup
	defer connections.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	config := s.config()
	places := make(chan struct{}, maxConnections)
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if temporary(err) {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if err != nil {
			return errors.Wrap(err, "waiting for SSH clients")
		}
		select {
		case places <- struct{}{}:
		default:
			_ = c.Close()
			continue
		}
		connections.Go(func() {
			defer func() { <-places }()
			defer c.Close()
			defer s.survive()
			s.serve(ctx, c, config)
		})
	}
}

// temporary tells an error of accept(2) that passes: out of files or memory, or
// a client that has gone already.
func temporary(err error) bool {
	var e interface{ Temporary() bool }
	return errors.As(err, &e) && e.Temporary()
}

// serve serves one client.
func (s *Server) serve(ctx context.Context, c net.Conn, config *ssh.ServerConfig) {
	abort := context.AfterFunc(ctx, func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(loginTime))
	login, channels, requests, err := ssh.NewServerConn(c, config)
	abort()
	if err != nil {
		s.turnedAway(c, err)
		return
	}
	defer login.Close()
	_ = c.SetDeadline(time.Time{})
	s.logf("%s logged in from %s with %s", login.User(), c.RemoteAddr(), login.Permissions.Extensions[usedKey])

	// Sessions get their time to end, and with it their exit statuses through.
	client := newClient(s, login.Permissions.Extensions[usedKey])
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		client.wait(endTime)
		_ = login.Close()
	}()
	go ssh.DiscardRequests(requests) // refuses them, as for a port of the machine's
	for channel := range channels {
		client.open(channel)
	}
	client.cancel()
	client.running.Wait()
}

// turnedAway reports a client whose keys were all refused. One that only looks
// at the port is nothing to report.
func (s *Server) turnedAway(c net.Conn, err error) {
	var refused *ssh.ServerAuthError
	if errors.As(err, &refused) {
		s.logf("%s was not let in: none of its keys is authorized", c.RemoteAddr())
	}
}

// survive is deferred where a panic of a parser must not end PID 1.
func (s *Server) survive() {
	if fault := recover(); fault != nil {
		s.logf("panic: %v\n%s", fault, debug.Stack())
	}
}

func (s *Server) logf(format string, args ...any) {
	if s.Logf != nil {
		s.Logf(format, args...)
	}
}
