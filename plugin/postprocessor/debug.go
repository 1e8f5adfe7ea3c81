//go:generate go tool packer-sdc mapstructure-to-hcl2 -type SSH

package postprocessor

import (
	"net"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
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

const (
	// defaultSSH is where an SSH server is expected.
	defaultSSH = ":22"
	// defaultInterface is the one to which hypervisors forward the box's ports;
	// everyInterface stands for all.
	defaultInterface, everyInterface = "eth0", "all"
)

func (c *Config) prepareDebug() {
	if c.SSH.Enabled && c.SSH.Listen == "" {
		c.SSH.Listen = defaultSSH
	}
	c.SSH.prepareKeys()
	if c.wantsDebug() && c.DebugInterface == "" {
		c.DebugInterface = defaultInterface
	}
}

func (c *Config) validateDebug() []error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, errors.Errorf(format, args...)) }
	if c.DebugInterface != "" && !c.wantsDebug() {
		fail("debug_interface needs ssh or status_page")
	}
	if !c.SSH.Enabled && (c.SSH.Listen != "" || len(c.SSH.AuthorizedKeys) > 0 || c.SSH.HostKey != "") {
		fail("ssh: it is not turned on: add enabled = true")
	}
	for option, address := range map[string]string{"ssh: listen": c.SSH.Listen, "status_page": c.StatusPage} {
		if _, port, err := net.SplitHostPort(address); address != "" && (err != nil || port == "") {
			fail("%s must be a TCP address, such as :22 or 10.0.2.15:8081, not %q", option, address)
		}
	}
	return append(errs, c.SSH.validateKeys()...)
}

// debug is how a person looks into the machine.
func (c *Config) debug() config.Debug {
	iface := c.DebugInterface
	if iface == everyInterface {
		iface = ""
	}
	return config.Debug{
		Interface: iface, Page: c.StatusPage,
		SSH: config.SSH{Listen: c.SSH.Listen, AuthorizedKeys: c.SSH.AuthorizedKeys, HostKey: c.SSH.HostKey},
	}
}

// wantsDebug tells whether the init must be one with package machine/debug.
func (c *Config) wantsDebug() bool { return c.SSH.Enabled || c.StatusPage != "" }

// initFor returns the init for a program, and whether the program runs under
// it. A program that is an init itself needs the package for what it is asked.
func (c *Config) initFor(prog program.Program, arch string) (elf content.Content, under bool, err error) {
	var own []byte
	switch {
	case !c.wantsDebug() && prog.Machine, prog.Debug:
		return prog.Image, false, nil
	case !c.wantsDebug():
		own, err = stock.Init(arch)
	case prog.Machine && (c.Program != "" || c.Package != ""):
		return nil, false, errors.New("the program calls machine.Run and is the init itself, but has neither SSH nor the status page: " +
			"call machine.Run(..., debug.Service()), of the package init/machine/debug, or take out the options ssh and status_page")
	default: // the demonstration, too, runs under an init
		own, err = stock.DebugInit(arch)
	}
	return content.Bytes(own), true, err
}
