package kernel

import (
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Drivers are the drivers that a machine is to have, by the names of their
// modules. Each comes after the bus that it is on, which no module names.
type Drivers struct {
	// Profile is the name of what the cards are those of, for errors.
	Profile string
	// Optional ones are taken where the kernel has them, and first.
	Optional []string
	// Cards are those of the network cards, all of them among the others. The
	// kernel must have one at least.
	Cards []string
	// Required ones are those without which there is nothing.
	Required []string
}

// profiles are what the virtual hardware of each hypervisor and cloud needs: the
// drivers of its network cards, the fastest first, then what is good to have,
// namely the power button, raw sockets for the program, a source of entropy and a
// watchdog.
func profiles() map[string]Drivers {
	return map[string]Drivers{
		"virtualbox": {Cards: []string{"virtio_net", "e1000"},
			Optional: []string{"virtio_pci", "virtio_net", "e1000", "button", "af_packet"}},
		"qemu": {Cards: []string{"virtio_net"},
			Optional: []string{"virtio_pci", "virtio_net", "e1000", "button", "af_packet", "virtio_rng", "i6300esb"}},
		"vmware": {Cards: []string{"vmxnet3", "e1000", "e1000e"},
			Optional: []string{"vmxnet3", "e1000", "e1000e", "button", "af_packet"}},
		"hyperv": {Cards: []string{"hv_netvsc"},
			Optional: []string{"hv_vmbus", "hv_netvsc", "button", "af_packet", "hv_utils"}},
		// The Elastic Network Adapter, and the card of instances that run on Xen.
		"aws": {Cards: []string{"ena", "xen_netfront"}, Optional: []string{"ena", "xen_netfront", "button", "af_packet"}},
		// Of the third generation of machines on it is Google's own card.
		"gcp": {Cards: []string{"gve", "virtio_net"},
			Optional: []string{"gve", "virtio_pci", "virtio_net", "button", "af_packet", "virtio_rng"}},
		"azure": {Cards: []string{"hv_netvsc"},
			Optional: []string{"hv_vmbus", "hv_netvsc", "pci_hyperv", "button", "af_packet", "hv_utils"}},
	}
}

// The profiles that are several of those.
const (
	// everywhere is that of a machine that runs on any hypervisor.
	everywhere = "all"
	// anyCloud is that of a machine for any cloud. Those that are not named have
	// QEMU's hardware: DigitalOcean, Hetzner, OpenStack, Oracle.
	anyCloud = "cloud"
)

// members are the profiles that a profile is made of.
func members(profile string) []string {
	switch profile {
	case everywhere:
		return slices.Sorted(maps.Keys(profiles()))
	case anyCloud:
		return []string{"aws", "azure", "gcp", "qemu"}
	}
	return []string{profile}
}

// disks are the drivers of the disks and CD drives that each hypervisor can give
// to a machine, of their controllers first.
func disks() map[string][]string {
	return map[string][]string{
		"virtualbox": {"virtio_pci", "virtio_scsi", "ata_piix", "ahci"},
		"qemu":       {"virtio_pci", "virtio_blk", "virtio_scsi", "ata_piix", "ahci"},
		"vmware":     {"vmw_pvscsi", "mptspi", "ata_piix", "ahci", "nvme"},
		"hyperv":     {"hv_vmbus", "hv_storvsc", "ata_piix"},
		"aws":        {"nvme", "xen_blkfront"},
		"gcp":        {"virtio_pci", "virtio_scsi", "nvme"},
		"azure":      {"hv_vmbus", "hv_storvsc", "nvme", "ata_piix"},
	}
}

// seeds are the hypervisors whose machines are told who they are by a disk. Those of
// VirtualBox are told by their firmware's tables, and those of the named clouds by a
// server.
var seeds = []string{"qemu", "vmware", "hyperv"}

// Disks are which drivers of disks a machine has.
type Disks int

const (
	// SeedDisks are those of the hypervisors whose machines are told who they are by
	// a disk. No driver of a file system is needed for it.
	SeedDisks Disks = iota
	// AllDisks are those of any hypervisor, and of file systems.
	AllDisks
	NoDisks
)

// DisksFor returns those of an option, of which nil means that nobody said.
func DisksFor(option *bool) Disks {
	switch {
	case option == nil:
		return SeedDisks
	case *option:
		return AllDisks
	}
	return NoDisks
}

// With adds, where the kernel has them, the drivers of the profile's disks and CD
// drives. With AllDisks also those of the file systems ext4, FAT and ISO 9660. What
// ext4 and FAT ask the kernel for by itself, a checksum and character sets, nobody
// would load.
func (d Drivers) With(which Disks) Drivers {
	d.Optional = slices.Clone(d.Optional)
	found := false
	for _, one := range members(d.Profile) {
		if which == AllDisks || which == SeedDisks && slices.Contains(seeds, one) {
			d.Optional, found = append(d.Optional, disks()[one]...), true
		}
	}
	if found {
		d.Optional = append(d.Optional, "sd_mod", "sr_mod")
	}
	if which == AllDisks {
		d.Optional = append(d.Optional, "crc32c_generic", "ext4", "nls_cp437", "nls_ascii", "nls_iso8859_1", "nls_utf8", "vfat", "isofs")
	}
	return d
}

// WithWatchdog adds, where the kernel has them, the drivers of QEMU's watchdog
// and of the kernel's own, which any machine has: /dev/watchdog is the first.
func (d Drivers) WithWatchdog() Drivers {
	d.Optional = append(d.Optional, "i6300esb", "softdog")
	return d
}

// Profiles lists the names that Profile knows.
func Profiles() []string {
	return append(slices.Sorted(maps.Keys(profiles())), anyCloud, everywhere)
}

// Profile returns the drivers for the machines of a hypervisor or a cloud. With
// "all" they are those of every one, with "cloud" those of every cloud, and none is
// required but one of a card.
func Profile(name string) (Drivers, error) {
	if !slices.Contains(Profiles(), name) {
		return Drivers{}, errors.Errorf("there is no profile %q: choose one of %s", name, strings.Join(Profiles(), ", "))
	}
	several := members(name)
	if len(several) == 1 {
		d := profiles()[name]
		d.Profile = name
		return d, nil
	}
	all := Drivers{Profile: name}
	for _, one := range several {
		d := profiles()[one]
		all.Optional = append(all.Optional, d.Optional...)
		all.Cards = append(all.Cards, d.Cards...)
	}
	return all, nil
}
