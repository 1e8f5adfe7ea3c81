package debug

import (
	"cmp"
	"crypto/ed25519"
	"crypto/rand"
	"maps"
	"os"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/textfile"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

// hostKey reads the configured host key, or makes one.
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

// keys are the keys that may log in: their owners by their fingerprints.
type keys struct {
	configured map[string]string
	file       string // has more keys; read at each login
}

// newKeys reads the configured keys. It reports a key that it cannot read, and ignores
// it.
func newKeys(m machine.Machine, entries []string, file string) keys {
	k := keys{map[string]string{}, file}
	for _, entry := range entries {
		owners, problems := parseKeys(entry)
		for _, err := range problems {
			m.Printf("machine: ssh: debug.ssh.authorized_keys: %v", err)
		}
		maps.Copy(k.configured, owners)
	}
	return k
}

// parseKeys returns the owners of the keys in an authorized_keys file by their
// fingerprints, and errors for the lines that have no key. The text of a single key is
// such a file too.
func parseKeys(text string) (owners map[string]string, problems []error) {
	owners = map[string]string{}
	content, err := textfile.Normalize([]byte(text))
	if err != nil {
		return nil, []error{err}
	}
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		print, owner, err := parseKey(line)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		owners[print] = owner
	}
	return owners, problems
}

// parseKey returns the fingerprint of a line of authorized_keys, and its comment, which
// says whose key it is. It returns a fingerprint as it is.
func parseKey(entry string) (print, owner string, err error) {
	if strings.HasPrefix(entry, "SHA256:") {
		return entry, "", nil
	}
	key, owner, options, _, err := ssh.ParseAuthorizedKey([]byte(entry))
	if err != nil {
		return "", "", errors.Wrapf(err, "%q is neither a public key nor the SHA256 fingerprint of one", entry)
	}
	if len(options) > 0 {
		return "", "", errors.Errorf("a key's options, here %s, are not known: it is not used", strings.Join(options, ","))
	}
	return ssh.FingerprintSHA256(key), owner, nil
}

// authorized reports whether a key may log in, by the configuration or by the current
// file.
func (k keys) authorized(key ssh.PublicKey) bool {
	_, ok := k.find(ssh.FingerprintSHA256(key))
	return ok
}

// owner says whose a key is: by its comment, and else by its fingerprint.
func (k keys) owner(print string) string {
	owner, _ := k.find(print)
	return cmp.Or(owner, print)
}

func (k keys) find(print string) (owner string, ok bool) {
	if owner, ok = k.configured[print]; ok {
		return owner, true
	}
	content, _ := os.ReadFile(k.file)
	allowed, _ := parseKeys(string(content))
	owner, ok = allowed[print]
	return owner, ok
}
