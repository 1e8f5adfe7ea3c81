package config

import "strings"

// The lists of the modules that are loaded if there is a device for them:
// modules.alias(5) and modules.dep(5). They are in the folder of the kernel's modules.
const (
	ModulesDir  = "/lib/modules/" // followed by the kernel's release
	ModuleAlias = "modules.alias"
	ModuleDeps  = "modules.dep"
)

// buses maps the beginning of a device's alias to the folder of its bus below /sys/bus
// (kernel: scripts/mod/file2alias.c).
var buses = map[string]string{
	"pci": "pci", "virtio": "virtio", "acpi": "acpi", "scsi": "scsi", "vmbus": "vmbus", "xen": "xen", "usb": "usb",
	"platform": "platform", "of": "platform",
}

// DeviceBus returns the folder below /sys/bus with the devices that a module's alias
// matches, or "" if the alias is for something else.
func DeviceBus(alias string) string {
	end := strings.IndexAny(alias, ":*")
	if end < 0 {
		return ""
	}
	return buses[alias[:end]]
}
