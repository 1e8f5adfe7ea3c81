package sshd

import (
	"context"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// client is one that has logged in.
type client struct {
	server             *Server
	key                string          // by which it logged in
	ctx                context.Context // ends with the connection
	cancel             context.CancelFunc
	running            sync.WaitGroup // sessions and forwarded connections
	sessions, forwards chan struct{}  // places
}

func newClient(s *Server, key string) *client {
	c := &client{server: s, key: key, sessions: make(chan struct{}, maxSessions), forwards: make(chan struct{}, maxForwards)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// open serves a channel that the client opens (RFC 4254, 5.1), or refuses it.
func (c *client) open(channel ssh.NewChannel) {
	kinds := map[string]struct {
		places chan struct{}
		serve  func(ssh.NewChannel)
	}{
		"session":      {c.sessions, c.session},
		"direct-tcpip": {c.forwards, c.forward},
	}
	kind, ok := kinds[channel.ChannelType()]
	if !ok {
		_ = channel.Reject(ssh.UnknownChannelType, "this machine knows session and direct-tcpip")
		return
	}
	select {
	case kind.places <- struct{}{}:
	default:
		_ = channel.Reject(ssh.ResourceShortage, "too many at a time")
		return
	}
	c.running.Go(func() {
		defer func() { <-kind.places }()
		defer c.server.survive()
		kind.serve(channel)
	})
}

// wait waits until nothing runs for the client, but no longer than d.
func (c *client) wait(d time.Duration) {
	done := make(chan struct{})
	go func() {
		c.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(d):
	}
}
