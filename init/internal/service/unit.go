//go:build linux

package service

import (
	"cmp"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// Main is the name of the machine's main program among its services.
const Main = config.Main

// Unit is what a service is.
type Unit struct {
	// Name is what the journal calls it.
	Name string
	// Argv0 is the program's name for itself (argv[0]). Empty means its path.
	Argv0 string
	// After has all services that this one waits for; Before counts for nothing here.
	config.Service
}

// title is what a sentence calls the service.
func (u Unit) title() string {
	if u.Name == Main {
		return "the program"
	}
	return "the service " + u.Name
}

// key is the configuration's key for one of the service's options.
func (u Unit) key(option string) string {
	if u.Name == Main {
		return "program." + option
	}
	return "services." + u.Name + "." + option
}

func (u Unit) argv() []string { return append([]string{cmp.Or(u.Argv0, u.Path)}, u.Args...) }

// notifySocket is the path of the socket where the service speaks sd_notify(3).
func (u Unit) notifySocket() string {
	if u.Name == Main {
		return "run/notify"
	}
	return "run/notify." + u.Name
}

// checkTimeout is for how long the service may not work.
func (u Unit) checkTimeout() time.Duration {
	return time.Duration(cmp.Or(u.CheckTimeout, config.DefaultCheckTimeout)) * time.Second
}
