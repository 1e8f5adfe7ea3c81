package config

import "strings"

// The lists, in the folder of the kernel's modules, of those that are loaded when
// there is a device for them: modules.alias(5) and modules.dep(5).
const (
	ModulesDir  = "/lib/modules/" // and the kernel's release
	ModuleAlias = "modules.alias"
	ModuleDeps  = "modules.dep"
)

// buses are the folders below /sys/bus whose devices say what they are, by what the
// names of their devices begin with (kernel: scripts/mod/file2alias.c).
var buses = map[string]string{
	"pci": "pci", "virtio": "virtio", "acpi": "acpi", "scsi": "scsi", "vmbus": "vmbus", "xen": "xen", "usb": "usb",
	"platform": "platform", "of": "platform",
}

// DeviceBus is the folder below /sys/bus of the devices that a module's alias is
// for, empty if it is for something else.
func DeviceBus(alias string) string {
	end := strings.IndexAny(alias, ":*")
	if end < 0 {
		return ""
	}
	return buses[alias[:end]]
}
