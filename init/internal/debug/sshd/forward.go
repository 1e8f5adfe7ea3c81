package sshd

import (
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// dialTime is what the other end of a forwarded connection has to answer.
const dialTime = 10 * time.Second

// forward connects a channel with an address that the machine can reach, as
// for ssh -L (RFC 4254, 7.2).
func (c *client) forward(opening ssh.NewChannel) {
	var to struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}
	if err := ssh.Unmarshal(opening.ExtraData(), &to); err != nil || to.Port > 1<<16-1 {
		_ = opening.Reject(ssh.ConnectionFailed, "there is no such port")
		return
	}
	dialer := net.Dialer{Timeout: dialTime}
	other, err := dialer.DialContext(c.ctx, "tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		_ = opening.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	defer other.Close()
	channel, requests, err := opening.Accept()
	if err != nil {
		return
	}
	defer channel.Close()
	go func() { // until the client closes the channel or has gone
		ssh.DiscardRequests(requests)
		_ = other.Close()
	}()

	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(channel, other)
		_ = channel.CloseWrite()
	})
	both.Go(func() {
		_, _ = io.Copy(other, channel)
		_ = other.(*net.TCPConn).CloseWrite()
	})
	both.Wait()
}
