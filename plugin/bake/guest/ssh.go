package guest

import (
	"net"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// SSH gives access to the machine as root: a shell that needs no userland, commands,
// scp, sftp and forwarded ports. Vagrant can talk to the machine of a box with SSH.
type SSH struct {
	// Turns SSH on.
	Enabled bool `mapstructure:"enabled"`
	// The TCP address on which to listen. Defaults to `:22`. A box needs port 22.
	Listen string `mapstructure:"listen"`
	// The public keys that may log in: lines as in OpenSSH's `authorized_keys`, without
	// options, or fingerprints as `ssh-keygen -l` shows them. One entry may have
	// several lines, as from `file("authorized_keys")`. A box needs none, because it
	// makes a key for each machine.
	AuthorizedKeys []string `mapstructure:"authorized_keys"`
	// The machine's private key, in the format of `ssh-keygen`. Everybody who has the
	// image can read it. By default the machine makes a new key at each start and shows
	// its fingerprint on the consoles.
	HostKey string `mapstructure:"host_key"`
}

// defaultSSH is the usual address of an SSH server.
const defaultSSH = ":22"

// SetDefaults sets the options that are left out, and splits the keys into one entry
// each.
func (s *SSH) SetDefaults() {
	if s.Enabled && s.Listen == "" {
		s.Listen = defaultSSH
	}
	s.prepareKeys()
}

// Validate returns what is wrong with the options.
func (s *SSH) Validate() []error {
	var errs []error
	if !s.Enabled && (s.Listen != "" || len(s.AuthorizedKeys) > 0 || s.HostKey != "") {
		errs = append(errs, errors.New("ssh: it is not turned on: add enabled = true"))
	}
	if err := CheckListen("ssh: listen", s.Listen); err != nil {
		errs = append(errs, err)
	}
	return append(errs, s.validateKeys()...)
}

// Guest returns the machine's configuration.
func (s *SSH) Guest() config.SSH {
	return config.SSH{Listen: s.Listen, AuthorizedKeys: s.AuthorizedKeys, HostKey: s.HostKey}
}

// CheckListen returns an error unless the value of an option is empty or a TCP address
// on which to listen.
func CheckListen(option, address string) error {
	if _, port, err := net.SplitHostPort(address); address != "" && (err != nil || port == "") {
		return errors.Errorf("%s must be a TCP address, such as :22 or 10.0.2.15:8081, not %q", option, address)
	}
	return nil
}
