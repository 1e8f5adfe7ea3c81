package guest

import (
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// fingerprint is the beginning of a key's fingerprint, as ssh-keygen -l shows it.
const fingerprint = "SHA256:"

// prepareKeys makes one entry of each key, and normalizes the texts of files from any
// editor. It leaves texts that it cannot read to validateKeys.
func (s *SSH) prepareKeys() {
	var keys []string
	for _, entry := range s.AuthorizedKeys {
		text, err := input.Text([]byte(entry))
		if err != nil {
			text = entry
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				keys = append(keys, line)
			}
		}
	}
	s.AuthorizedKeys = keys
	if text, err := input.Text([]byte(s.HostKey)); err == nil {
		s.HostKey = text
	}
}

// validateKeys returns errors for the keys that the machine could not read. No error
// shows the host key.
func (s *SSH) validateKeys() []error {
	var errs []error
	for _, key := range s.AuthorizedKeys {
		if err := checkPublicKey(key); err != nil {
			errs = append(errs, errors.Wrap(err, "ssh: authorized_keys"))
		}
	}
	if s.HostKey == "" {
		return errs
	}
	var locked *ssh.PassphraseMissingError
	if _, err := ssh.ParsePrivateKey([]byte(s.HostKey)); errors.As(err, &locked) {
		errs = append(errs, errors.New("ssh: host_key has a passphrase, which nobody would type: take one without (ssh-keygen -N \"\")"))
	} else if err != nil {
		errs = append(errs, errors.New("ssh: host_key is not a private key as ssh-keygen writes it: give its text, as file(\"host_key\") does"))
	}
	return errs
}

func checkPublicKey(key string) error {
	if strings.HasPrefix(key, fingerprint) {
		return nil
	}
	if _, err := input.Text([]byte(key)); err != nil {
		return err
	}
	_, _, options, _, err := ssh.ParseAuthorizedKey([]byte(key))
	if err != nil {
		return errors.Errorf("%q is neither a public key nor the SHA256 fingerprint of one: give what is in a .pub file", key)
	}
	if len(options) > 0 {
		return errors.Errorf("the options of a key are not supported, here %s: leave them out", strings.Join(options, ","))
	}
	return nil
}
