// Package remote reaches machines by SSH, with the keys and the known hosts that
// OpenSSH's client has of the user. What is done there is the caller's to say.
package remote

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"
)

// Target is a machine, and how to get in.
type Target struct {
	// Host is its name or address. Port defaults to 22.
	Host string
	Port int
	// User defaults to root. A machine has one user, whatever it is called.
	User string
	// Keys are paths of private keys. Without any these are tried: those of the agent,
	// and those in ~/.ssh with the names that ssh-keygen gives them.
	Keys []string
	// Signers are tried before Keys.
	Signers []ssh.Signer
	// HostKey is the machine's public key, or its SHA256 fingerprint. Empty looks it up
	// in the KnownHosts.
	HostKey string
	// KnownHosts are paths of known_hosts files. Defaults to ~/.ssh/known_hosts.
	KnownHosts []string
	// AnyHostKey takes any key of the machine's: for one that cannot be anybody else's.
	AnyHostKey bool
}

// loginTime is what a machine has to let somebody in. One that is emulated, not
// virtualised, needs seconds for it.
const loginTime = 30 * time.Second

// Address is where the machine listens.
func (t Target) Address() string {
	port := t.Port
	if port == 0 {
		port = 22
	}
	return net.JoinHostPort(t.Host, strconv.Itoa(port))
}

// Dial logs in. The caller closes the client.
func Dial(ctx context.Context, t Target) (*ssh.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, loginTime)
	defer cancel()
	user := t.User
	if user == "" {
		user = "root"
	}
	config := &ssh.ClientConfig{User: user}
	// A machine that is emulated has no instructions for AES, and takes half a second for
	// a program. Where there are, the difference is too small to be seen.
	config.Ciphers = []string{ssh.CipherChaCha20Poly1305, ssh.CipherAES128GCM, ssh.CipherAES256GCM, ssh.CipherAES128CTR}
	if err := t.verifyHost(config); err != nil {
		return nil, err
	}
	keys, err := t.keys(ctx)
	if err != nil {
		return nil, err
	}
	defer keys.close()
	config.Auth = []ssh.AuthMethod{ssh.PublicKeysCallback(keys.signers)}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", t.Address())
	if err != nil {
		return nil, errors.Wrapf(err, "connecting to %s", t.Address())
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	c, channels, requests, err := ssh.NewClientConn(conn, t.Address(), config)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, errors.Wrapf(keys.explain(err), "logging in to %s", t.Address())
	}
	return ssh.NewClient(c, channels, requests), nil
}

// ParseAddress takes HOST, HOST:PORT, USER@HOST or USER@HOST:PORT. IPv6 addresses have
// brackets where a port follows.
func ParseAddress(text string) (Target, error) {
	var t Target
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == '@' {
			t.User, text = text[:i], text[i+1:]
			break
		}
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil { // no port
		t.Host = text
		if len(text) > 1 && text[0] == '[' && text[len(text)-1] == ']' {
			t.Host = text[1 : len(text)-1]
		}
	} else {
		t.Host = host
		if t.Port, err = strconv.Atoi(port); err != nil || t.Port < 1 || t.Port > 1<<16-1 {
			return t, errors.Errorf("%q has no port number behind its colon", text)
		}
	}
	if t.Host == "" {
		return t, errors.Errorf("%q names no machine: give HOST or HOST:PORT", text)
	}
	return t, nil
}
