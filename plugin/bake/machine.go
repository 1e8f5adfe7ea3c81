package bake

import (
	"context"
	"os"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/guest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/vagrant"
)

// machine puts together everything that is baked.
func (o *Options) machine(ctx context.Context, r Reporter, in inputs, k kernel.Kernel, prog program.Program, services []service, img *containerized) (image.Machine, error) {
	told, err := o.told(ctx)
	if err != nil {
		return image.Machine{}, err
	}
	loader, err := o.findLoader(ctx, r, in.isolinux)
	if err != nil {
		return image.Machine{}, err
	}
	m := image.Machine{
		Kernel:      k,
		Config:      told,
		Compression: o.compression(),
		CommandLine: o.commandLine(k.Arch),
		Isolinux:    loader,
		CPUs:        o.CPUs,
	}
	if m.Files, err = o.root(ctx, r, prog, services, k.Release, img); err != nil {
		return image.Machine{}, err
	}
	if err := o.setCards(in, k, &m); err != nil {
		return image.Machine{}, err
	}
	m.Name = m.Config.Hostname
	ports := o.ForwardedPorts
	if img != nil {
		img.adapt(&m)
		ports = img.forwarded(o)
	}
	for _, port := range ports {
		m.Forwards = append(m.Forwards, vagrant.Forward{Guest: port.Guest, Host: port.Host})
	}
	elf, under, err := o.initFor(ctx, prog, k.Arch)
	if under {
		m.App = prog.Image
	}
	m.Init = elf
	if err != nil {
		return m, err
	}
	m.MemoryMiB = o.memory(r, m)
	return m, nil
}

// told is what the machine itself is told, with what this host knows.
func (o *Options) told(ctx context.Context) (config.Config, error) {
	c := o.guest()
	var err error
	if c.Log.CA, err = o.Log.Authorities(ctx); err != nil {
		return c, err
	}
	c.Clock.Floor, err = guest.Floor(os.Getenv("SOURCE_DATE_EPOCH"))
	return c, err
}

// guest is what the options say of that.
func (o *Options) guest() config.Config {
	c := config.Default()
	c.Metadata = o.Metadata
	if o.Hostname != "" {
		c.Hostname = o.Hostname
	}
	c.TimeZone = o.TimeZone
	c.Network = o.Network.Guest()
	c.Debug = o.debug()
	c.Program.Args = o.Args
	c.Program.Env = sortedEnv(o.Env)
	users, user, _ := o.accounts() // validated
	c.Program.UID, c.Program.GID = user.UID, user.GID
	c.Services = o.guestServices(users)
	c.Clock = o.Clock.Guest()
	c.Data = o.Data.Guest()
	c.Log = o.Log.Guest()
	o.Supervise.Tell(&c.Program)
	c.Watchdog = config.Watchdog{Timeout: o.Watchdog.Timeout, Device: o.Watchdog.Device}
	return c
}
