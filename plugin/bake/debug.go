package bake

import (
	"context"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/guest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

const (
	// defaultInterface is the one to which hypervisors forward the box's ports;
	// everyInterface stands for all.
	defaultInterface, everyInterface = "eth0", "all"
)

func (o *Options) prepareDebug() {
	o.SSH.SetDefaults()
	if o.wantsDebug() && o.DebugInterface == "" {
		o.DebugInterface = defaultInterface
	}
}

func (o *Options) validateDebug() []error {
	var errs []error
	if o.DebugInterface != "" && !o.wantsDebug() {
		errs = append(errs, errors.New("debug_interface needs ssh or status_page"))
	}
	if err := guest.CheckListen("status_page", o.StatusPage); err != nil {
		errs = append(errs, err)
	}
	return append(errs, o.SSH.Validate()...)
}

// debug is how a person looks into the machine.
func (o *Options) debug() config.Debug {
	iface := o.DebugInterface
	if iface == everyInterface {
		iface = ""
	}
	return config.Debug{Interface: iface, Page: o.StatusPage, SSH: o.SSH.Guest()}
}

// wantsDebug tells whether the init must be one with package machine/debug.
func (o *Options) wantsDebug() bool { return o.SSH.Enabled || o.StatusPage != "" }

// initFor returns the init for a program, and whether the program runs under
// it. A program that is an init itself needs the packages for what it is asked.
func (o *Options) initFor(ctx context.Context, prog program.Program, arch string) (elf content.Content, under bool, err error) {
	own := prog.Machine && !o.demonstrates()
	switch more := o.wantsDebug() || o.Log.TLS(); {
	case own && o.wantsDebug() && !prog.Debug:
		return nil, false, errors.New("the program calls machine.Run and is the init itself, but has neither SSH nor the status page: " +
			"call machine.Run(..., debug.Service()), of the package init/machine/debug, or take out the options ssh and status_page")
	case own && o.Log.TLS() && !prog.LogTLS:
		return nil, false, errors.New("log: the program calls machine.Run and is the init itself, but has no TLS for a server tls://HOST:PORT: " +
			"call machine.Run(..., machine.WithLogTLS(logtls.Dial)), of the package init/logtls, or use tcp://")
	case own || prog.Machine && !more:
		return prog.Image, false, nil
	case more: // the demonstration, too, runs under an init
		image, err := stock.DebugInit(ctx, arch)
		return content.Bytes(image), true, err
	}
	image, err := stock.Init(ctx, arch)
	return content.Bytes(image), true, err
}
