package remote

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// keys are those that the user may have for a machine.
type keys struct {
	given  []ssh.Signer
	agent  agent.ExtendedAgent // nil if there is none
	conn   io.Closer           // to the agent
	locked []string            // files of keys that have a passphrase
	tried  int
}

// keys finds the user's. One that was named must be usable.
func (t Target) keys(ctx context.Context) (*keys, error) {
	k := &keys{given: t.Signers}
	for _, path := range t.Keys {
		signer, err := readKey(ctx, path)
		if err != nil {
			return nil, err
		}
		k.given = append(k.given, signer)
	}
	if len(k.given) > 0 {
		return k, nil
	}
	if conn, err := dialAgent(); err == nil {
		k.agent, k.conn = agent.NewClient(conn), conn
	}
	dir, err := sshFolder()
	if err != nil {
		return k, nil // the agent may do
	}
	for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} { // of ssh-keygen(1)
		path := filepath.Join(dir, name)
		signer, err := readKey(ctx, path)
		var locked *ssh.PassphraseMissingError
		switch {
		case err == nil:
			k.given = append(k.given, signer)
		case errors.As(err, &locked):
			k.locked = append(k.locked, path)
		}
	}
	return k, nil
}

func readKey(ctx context.Context, path string) (ssh.Signer, error) {
	text, err := input.Read(ctx, path, input.MaxText)
	if err != nil {
		return nil, errors.Wrap(err, "reading the key")
	}
	signer, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		return nil, errors.Wrapf(err, "the key %s has a passphrase: add it to the SSH agent with ssh-add, and do not name it", path)
	}
	return signer, errors.Wrapf(err, "reading the key %s", path)
}

// signers are all there are: the agent's first, as it may have the others, too.
func (k *keys) signers() ([]ssh.Signer, error) {
	var all []ssh.Signer
	if k.agent != nil {
		all, _ = k.agent.Signers() // an agent that fails has no keys
	}
	all = append(all, k.given...)
	k.tried = len(all)
	return all, nil
}

func (k *keys) close() {
	if k.conn != nil {
		_ = k.conn.Close()
	}
}

// explain says why no key was let in.
func (k *keys) explain(err error) error {
	if !strings.Contains(err.Error(), "unable to authenticate") { // of package ssh, which has no type for it
		return err
	}
	switch {
	case k.tried > 0:
		return errors.Errorf("none of your %d keys is authorized there", k.tried)
	case len(k.locked) > 0:
		return errors.Errorf("the key %s has a passphrase: add it to the SSH agent with ssh-add", k.locked[0])
	}
	return errors.New("you have no key: start an SSH agent, make one with ssh-keygen, or name one")
}
