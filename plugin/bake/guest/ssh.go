package guest

import (
	"net"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// SSH is a way into the machine: a shell that needs no userland, commands, scp,
// sftp and forwarded ports, as root. A box of such a machine is one that Vagrant
// knows how to talk to.
type SSH struct {
	// Turns SSH on.
	Enabled bool `mapstructure:"enabled"`
	// The TCP address. Defaults to `:22`. The box needs the port 22.
	Listen string `mapstructure:"listen"`
	// The public keys whose holders may log in: lines as in OpenSSH's
	// `authorized_keys`, without options, or fingerprints as `ssh-keygen -l` shows
	// them. One entry may have several lines, as `file("authorized_keys")` does. The
	// box needs none: it makes a key for each machine.
	AuthorizedKeys []string `mapstructure:"authorized_keys"`
	// The machine's private key, as `ssh-keygen` writes it. It is in the image,
	// for whoever has that. By default each start makes a key, whose fingerprint
	// is on the consoles.
	HostKey string `mapstructure:"host_key"`
}

// defaultSSH is where an SSH server is expected.
const defaultSSH = ":22"

// SetDefaults sets what is left out, and makes one entry of each key.
func (s *SSH) SetDefaults() {
	if s.Enabled && s.Listen == "" {
		s.Listen = defaultSSH
	}
	s.prepareKeys()
}

// Validate says what is wrong with the options.
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

// Guest is what the machine is told of it.
func (s *SSH) Guest() config.SSH {
	return config.SSH{Listen: s.Listen, AuthorizedKeys: s.AuthorizedKeys, HostKey: s.HostKey}
}

// CheckListen fails unless the value of an option is empty or a TCP address to listen
// on.
func CheckListen(option, address string) error {
	if _, port, err := net.SplitHostPort(address); address != "" && (err != nil || port == "") {
		return errors.Errorf("%s must be a TCP address, such as :22 or 10.0.2.15:8081, not %q", option, address)
	}
	return nil
}
