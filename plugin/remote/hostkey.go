package remote

import (
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// verifyHost says by which key the machine is known.
func (t Target) verifyHost(config *ssh.ClientConfig) error {
	switch {
	case t.AnyHostKey:
		config.HostKeyCallback = ssh.InsecureIgnoreHostKey()
		return nil
	case t.HostKey != "":
		want, err := fingerprint(t.HostKey)
		config.HostKeyCallback = func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if got := ssh.FingerprintSHA256(key); got != want {
				return errors.Errorf("the machine's host key is %s, not %s", got, want)
			}
			return nil
		}
		return err
	}
	files, err := t.knownHosts()
	if err != nil {
		return err
	}
	known, err := knownhosts.New(files...)
	if err != nil {
		return errors.Wrap(err, "reading the known hosts")
	}
	config.HostKeyCallback = func(host string, address net.Addr, key ssh.PublicKey) error {
		return explainHost(known(host, address, key), host, key)
	}
	config.HostKeyAlgorithms = t.algorithms(known)
	return nil
}

// fingerprint takes a public key as a line of a .pub file has it, or its fingerprint.
func fingerprint(key string) (string, error) {
	if strings.HasPrefix(key, "SHA256:") {
		return key, nil
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key))
	if err != nil {
		return "", errors.Errorf("%.60q is neither a public key nor the SHA256 fingerprint of one", key)
	}
	return ssh.FingerprintSHA256(public), nil
}

// knownHosts are the files that exist.
func (t Target) knownHosts() ([]string, error) {
	if len(t.KnownHosts) > 0 {
		return t.KnownHosts, nil
	}
	dir, err := sshFolder()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "known_hosts")
	if _, err := os.Stat(file); err != nil {
		return nil, nil
	}
	return []string{file}, nil
}

func sshFolder() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".ssh"), errors.Wrap(err, "finding the folder .ssh")
}

// explainHost says what to do about a machine that is not known by its key.
func explainHost(err error, host string, key ssh.PublicKey) error {
	var unknown *knownhosts.KeyError
	if !errors.As(err, &unknown) {
		return err
	}
	print := ssh.FingerprintSHA256(key)
	if len(unknown.Want) == 0 {
		return errors.Errorf("%s is not in known_hosts: if its host key is %s, connect once with ssh, or give that key", host, print)
	}
	return errors.Errorf("the host key of %s is %s, and not the one that %s has in line %d: it is another machine, or was baked anew "+
		"without a host key of its own", host, print, unknown.Want[0].Filename, unknown.Want[0].Line)
}

// algorithms are those of the keys that are known of the machine, so that it shows one of
// them; nil if none is.
func (t Target) algorithms(known ssh.HostKeyCallback) []string {
	var unknown *knownhosts.KeyError
	// No machine has the key that is asked for here, so the error names those it has.
	if err := known(t.Address(), &net.TCPAddr{}, noKey{}); !errors.As(err, &unknown) {
		return nil
	}
	var all []string
	for _, known := range unknown.Want {
		kind := known.Key.Type()
		if kind == ssh.KeyAlgoRSA {
			all = append(all, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
			continue
		}
		all = append(all, kind)
	}
	return all
}

// noKey is nobody's key.
type noKey struct{}

func (noKey) Type() string                            { return "none" }
func (noKey) Marshal() []byte                         { return []byte("none") }
func (noKey) Verify(_ []byte, _ *ssh.Signature) error { return errors.New("this is no key") }
