package debug

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"os"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

// hostKey reads the machine's key, or makes one.
func hostKey(configured string) (key ssh.Signer, fresh bool, err error) {
	if configured != "" {
		key, err = ssh.ParsePrivateKey([]byte(configured))
		return key, false, errors.Wrap(err, "reading debug.ssh.host_key")
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, false, errors.Wrap(err, "making a host key")
	}
	key, err = ssh.NewSignerFromKey(private)
	return key, true, errors.Wrap(err, "making a host key")
}

func fingerprint(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }

// keys are those whose holders may log in, by their fingerprints.
type keys struct {
	configured map[string]bool
	file       string // with more of them, as it is at the time
}

// newKeys reads the configured keys. One that cannot be read is reported, and
// lets nobody in.
func newKeys(m machine.Machine, entries []string, file string) keys {
	k := keys{map[string]bool{}, file}
	for _, entry := range entries {
		print, err := parseKey(entry)
		if err != nil {
			m.Printf("machine: ssh: debug.ssh.authorized_keys: %v", err)
			continue
		}
		k.configured[print] = true
	}
	return k
}

// parseKey returns the fingerprint of a line of authorized_keys, or of itself.
func parseKey(entry string) (string, error) {
	entry = strings.TrimSpace(entry)
	if strings.HasPrefix(entry, "SHA256:") {
		return entry, nil
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(entry))
	if err != nil {
		return "", errors.Wrapf(err, "%q is neither a public key nor the SHA256 fingerprint of one", entry)
	}
	if len(options) > 0 {
		return "", errors.Errorf("a key's options, here %s, are not known: it is not used", strings.Join(options, ","))
	}
	return ssh.FingerprintSHA256(key), nil
}

// authorized tells whether the holder of a key may log in, by the configuration
// or by the file as it is now.
func (k keys) authorized(key ssh.PublicKey) bool {
	print := ssh.FingerprintSHA256(key)
	if k.configured[print] {
		return true
	}
	content, _ := os.ReadFile(k.file)
	for line := range bytes.Lines(content) {
		if allowed, err := parseKey(string(line)); err == nil && allowed == print {
			return true
		}
	}
	return false
}
