// Package config is what a machine is told when it is baked: the one set of
// plain data types that the host side (plugin/) and the guest side
// (init/machine) share.
package config

// Path is where the initramfs holds the baked configuration, as JSON.
const Path = "/etc/machine.json"

// Config describes one machine. What was baked is the lowest of several layers:
// see package machine.
//
// A field with the tag `layer:"SMBIOS,fw_cfg"` is taken from those layers alone.
//
// A field may have the tag `secret:"true"`, or "values" for a list of NAME=value
// entries, and is then masked wherever the configuration is shown.
type Config struct {
	// Hostname is set with sethostname(2); empty leaves the kernel's "(none)".
	Hostname string `json:"hostname,omitempty"`
	// TimeZone is the machine's own, such as "Europe/Berlin", which programs get in
	// the variable TZ. Empty means UTC. The bake puts its file into the machine.
	TimeZone string `json:"time_zone,omitempty"`
	// Modules are the absolute paths, in the initramfs, of the kernel modules
	// to load whatever the machine has, in this order. Those that it loads when it
	// has a device for them are in lists beside them: see ModuleAlias. All are plain
	// ELF files, never compressed. The bake alone says so: the other layers are read
	// when they are loaded.
	Modules []string `json:"modules,omitempty" layer:"baked"`
	// Network is how the machine reaches others.
	Network Network `json:"network"`
	// Clock is how the machine knows the time.
	Clock Clock `json:"clock,omitzero"`
	// Entropy is where random numbers come from.
	Entropy Entropy `json:"entropy,omitzero"`
	// Log is where the log goes.
	Log Log `json:"log,omitzero"`
	// Data is the machine's disk.
	Data Data `json:"data,omitzero"`
	// Program is what the machine is for.
	Program Program `json:"program"`
	// Services are programs that run beside it, by their names. A layer changes one
	// key of a service by "services.NAME.KEY", or adds a service.
	Services map[string]Service `json:"services,omitempty"`
	// Watchdog resets a machine that hangs.
	Watchdog Watchdog `json:"watchdog,omitzero"`
	// Debug is how a person looks into the machine.
	Debug Debug `json:"debug,omitzero"`
}

// Default is a machine that asks a DHCP server for its address on every
// interface that it has.
func Default() Config {
	return Config{
		Hostname: "scratchmachine",
		Network:  Network{Interfaces: []Interface{{DHCP: true}}},
	}
}
