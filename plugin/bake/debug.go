package bake

import (
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
// it. A program that is an init itself needs the package for what it is asked.
func (o *Options) initFor(prog program.Program, arch string) (elf content.Content, under bool, err error) {
	var own []byte
	switch {
	case !o.wantsDebug() && prog.Machine, prog.Debug:
		return prog.Image, false, nil
	case !o.wantsDebug():
		own, err = stock.Init(arch)
	case prog.Machine && (o.Program != "" || o.Package != ""):
		return nil, false, errors.New("the program calls machine.Run and is the init itself, but has neither SSH nor the status page: " +
			"call machine.Run(..., debug.Service()), of the package init/machine/debug, or take out the options ssh and status_page")
	default: // the demonstration, too, runs under an init
		own, err = stock.DebugInit(arch)
	}
	return content.Bytes(own), true, err
}
