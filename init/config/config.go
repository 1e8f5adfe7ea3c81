// Package config defines the configuration that is baked into a machine: plain data
// types, which are all that the host side (plugin/) and the guest side (init/machine)
// share.
package config

// Path is where the initramfs holds the baked configuration, as JSON.
const Path = "/etc/machine.json"

// Config describes one machine. The baked configuration is the lowest of several
// layers: see package machine.
//
// A field with the tag `layer:"SMBIOS,fw_cfg"` can be set by these layers only.
//
// A field may have the tag `secret:"true"`, or "values" for a list of NAME=value
// entries. It is then masked wherever the configuration is shown.
type Config struct {
	// Hostname is the machine's name (sethostname(2)). Empty keeps the kernel's
	// "(none)".
	Hostname string `json:"hostname,omitempty"`
	// TimeZone is the machine's time zone, such as "Europe/Berlin". Programs get it in
	// the variable TZ. Empty means UTC. The bake puts its file into the machine.
	TimeZone string `json:"time_zone,omitempty"`
	// Modules are the kernel modules that the machine always loads, in this order:
	// absolute paths in the initramfs. The lists beside them name the modules that it
	// loads if it has a device for them: see ModuleAlias. All are plain ELF files,
	// never compressed. Only the bake can set Modules, because the other layers are
	// read after the modules are loaded.
	Modules []string `json:"modules,omitempty" layer:"baked"`
	// Network configures the machine's network.
	Network Network `json:"network"`
	// Clock says where the machine gets the time from.
	Clock Clock `json:"clock,omitzero"`
	// Entropy is a source of random numbers.
	Entropy Entropy `json:"entropy,omitzero"`
	// Log says where the log goes.
	Log Log `json:"log,omitzero"`
	// Data is the machine's data disk.
	Data Data `json:"data,omitzero"`
	// Metadata is the cloud whose metadata service the machine asks for its host name,
	// SSH keys and user data, before its programs start: one of MetadataSources. Empty
	// means "auto": that of the cloud that the hypervisor's DMI names, if any.
	Metadata string `json:"metadata,omitempty"`
	// Program is the machine's main program.
	Program Program `json:"program"`
	// Services are programs that run beside the main program, by their names. A layer
	// changes one key of a service with "services.NAME.KEY", or adds a service.
	Services map[string]Service `json:"services,omitempty"`
	// Watchdog resets a machine that hangs.
	Watchdog Watchdog `json:"watchdog,omitzero"`
	// Debug gives people access to the machine.
	Debug Debug `json:"debug,omitzero"`
}

// Default returns the configuration of a machine that asks a DHCP server for an address
// on each of its interfaces.
func Default() Config {
	return Config{
		Hostname: "scratchmachine",
		Network:  Network{Interfaces: []Interface{{DHCP: true}}},
	}
}
