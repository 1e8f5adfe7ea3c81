package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"net"
	"strings"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/push"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/remote"
)

// link is an SSH connection to a machine that was baked for it, with keys that nobody
// else has, and that are nowhere but in memory and in the machine.
type link struct {
	key, host ssh.Signer
	hostFile  string // the machine's private key
	port      int    // of this host
	open      *ssh.Client
}

// newLink makes the keys, and finds a port.
func newLink() (*link, error) {
	l := &link{}
	var err error
	if l.key, _, err = newKey(); err != nil {
		return nil, err
	}
	if l.host, l.hostFile, err = newKey(); err != nil {
		return nil, err
	}
	l.port, err = freePort()
	return l, err
}

// newKey makes a key pair, and its file as ssh-keygen writes it.
func newKey() (ssh.Signer, string, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, "", errors.Wrap(err, "making a key")
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return nil, "", errors.Wrap(err, "making a key")
	}
	signer, err := ssh.NewSignerFromSigner(private)
	return signer, string(pem.EncodeToMemory(block)), err
}

// freePort finds one of this host's.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, errors.Wrap(err, "finding a free port")
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// bakeInto has the machine let this end in, besides whom the user lets in, and returns
// how this host reaches it there.
func (l *link) bakeInto(o *bake.Options) (qemu.Forward, error) {
	o.SSH.Enabled = true
	o.SSH.AuthorizedKeys = append(o.SSH.AuthorizedKeys, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(l.key.PublicKey()))))
	o.SSH.HostKey = l.hostFile
	o.SSH.SetDefaults()
	_, port, err := net.SplitHostPort(o.SSH.Listen)
	if err != nil {
		return qemu.Forward{}, errors.Errorf("--ssh-listen must be a TCP address, such as :22, not %q", o.SSH.Listen)
	}
	guest, err := net.LookupPort("tcp", port)
	return qemu.Forward{Host: l.port, Guest: guest}, errors.Wrap(err, "--ssh-listen")
}

// The time between two attempts to log in, and what the first has. QEMU accepts a
// connection before the machine listens, and then asks the machine ever more seldom.
const retryTime, firstPatience = 200 * time.Millisecond, 3 * time.Second

// client logs in, if need be. A machine that starts is waited for, until ctx ends.
func (l *link) client(ctx context.Context) (*ssh.Client, error) {
	target := remote.Target{
		Host: "127.0.0.1", Port: l.port, Signers: []ssh.Signer{l.key}, HostKey: ssh.FingerprintSHA256(l.host.PublicKey()),
	}
	for patience := firstPatience; l.open == nil; patience *= 2 {
		attempt, cancel := context.WithTimeout(ctx, patience)
		client, err := remote.Dial(attempt, target)
		cancel()
		if err == nil {
			l.open = client
			break
		}
		select {
		case <-time.After(retryTime):
		case <-ctx.Done():
			return nil, err
		}
	}
	return l.open, nil
}

// session opens one in which a program can be pushed. A connection that has been lost
// meanwhile is made anew.
func (l *link) session(ctx context.Context) (*push.Session, error) {
	if l.open != nil {
		if s, err := push.Open(ctx, l.open); err == nil || ctx.Err() != nil {
			return s, err
		}
		l.lost()
	}
	client, err := l.client(ctx)
	if err != nil {
		return nil, err
	}
	return push.Open(ctx, client)
}

// lost closes the connection.
func (l *link) lost() {
	if l.open != nil {
		_ = l.open.Close()
		l.open = nil
	}
}
