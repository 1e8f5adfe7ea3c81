package postprocessor

import (
	"context"
	"os"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/vagrant"
)

// machine puts together everything that is baked.
func (p *PostProcessor) machine(ctx context.Context, ui packersdk.Ui, in inputs, k kernel.Kernel, prog program.Program) (image.Machine, error) {
	c := &p.config
	guest, err := c.fullGuest(ctx)
	if err != nil {
		return image.Machine{}, err
	}
	loader, err := c.findLoader(ctx, ui, in.isolinux)
	if err != nil {
		return image.Machine{}, err
	}
	if c.Log.tls() && !prog.LogTLS {
		return image.Machine{}, errors.New("log: a server tls://HOST:PORT needs a program that gives machine.Run " +
			"the option machine.WithLogTLS(logtls.Dial); the stock init has no TLS")
	}
	m := image.Machine{
		Kernel:      k,
		Config:      guest,
		Compression: c.compression(),
		CommandLine: c.commandLine(k.Arch),
		Isolinux:    loader,
		CPUs:        c.CPUs,
		MemoryMiB:   c.memory(k.Arch),
	}
	if m.Files, err = c.root(ctx, ui, prog, k.Release); err != nil {
		return image.Machine{}, err
	}
	if err := c.setCards(in, k, &m); err != nil {
		return image.Machine{}, err
	}
	m.Name = m.Config.Hostname
	for _, port := range c.ForwardedPorts {
		m.Forwards = append(m.Forwards, vagrant.Forward{Guest: port.Guest, Host: port.Host})
	}
	elf, under, err := c.initFor(prog, k.Arch)
	if under {
		m.App = prog.Image
	}
	m.Init = elf
	return m, err
}

// fullGuest is what the machine itself is told, with what this host knows.
func (c *Config) fullGuest(ctx context.Context) (config.Config, error) {
	guest := c.guest()
	var err error
	if guest.Log.CA, err = c.Log.authorities(ctx); err != nil {
		return guest, err
	}
	guest.Clock.Floor, err = clockFloor(os.Getenv("SOURCE_DATE_EPOCH"))
	return guest, err
}

// guest is what the options say of that.
func (c *Config) guest() config.Config {
	guest := config.Default()
	if c.Hostname != "" {
		guest.Hostname = c.Hostname
	}
	guest.TimeZone = c.TimeZone
	guest.Network = c.Network.guest()
	guest.Debug = c.debug()
	guest.Program.Args = c.Args
	guest.Program.Env = c.sortedEnv()
	_, user, _ := c.accounts() // validated
	guest.Program.UID, guest.Program.GID = user.UID, user.GID
	guest.Clock = c.Clock.guest()
	guest.Data = c.Data.guest()
	guest.Log = c.Log.guest()
	c.Supervise.tell(&guest.Program)
	guest.Watchdog = config.Watchdog{Timeout: c.Watchdog.Timeout, Device: c.Watchdog.Device}
	return guest
}
