package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
)

const (
	sshPort = 22
	// pause is the time between two attempts, patience how long one may take.
	pause, patience = 500 * time.Millisecond, 10 * time.Second
)

// newKey makes the key to log in with.
func newKey() (ssh.Signer, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, errors.Wrap(err, "making a key")
	}
	return ssh.NewSignerFromSigner(private)
}

// command logs in by SSH, in a new attempt twice a second, and tells when a command
// that was run so ended well.
func (b *bench) command(ctx context.Context, v *vm.VM) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan time.Duration, 1)
	for {
		go func() {
			if b.ran(ctx, v.Address()) == nil {
				select {
				case ended <- v.Running():
				default: // another was first
				}
			}
		}()
		select {
		case at := <-ended:
			return at, nil
		case <-time.After(pause):
		case <-ctx.Done():
			return 0, errors.Wrap(ctx.Err(), "waiting for a command by SSH")
		}
	}
}

// ran runs one command by SSH.
func (b *bench) ran(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = connection.Close() })()
	client, channels, requests, err := ssh.NewClientConn(connection, address, &ssh.ClientConfig{
		User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(b.key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		_ = connection.Close()
		return err
	}
	c := ssh.NewClient(client, channels, requests)
	defer c.Close()
	session, err := c.NewSession()
	if err != nil {
		return err
	}
	return session.Run("true")
}
