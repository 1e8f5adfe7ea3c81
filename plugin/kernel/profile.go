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
	Required []string
	// Optional ones are taken where the kernel has them.
	Optional []string
}

// profiles are what the virtual hardware of each hypervisor needs: the network
// card, then what is good to have, namely the power button, raw sockets for the
// program, a source of entropy and a watchdog.
func profiles() map[string]Drivers {
	return map[string]Drivers{
		"virtualbox": {[]string{"e1000"}, []string{"button", "virtio_pci", "virtio_net", "af_packet"}},
		"qemu": {[]string{"virtio_pci", "virtio_net"},
			[]string{"e1000", "button", "af_packet", "virtio_rng", "i6300esb"}},
		"vmware": {[]string{"e1000"}, []string{"vmxnet3", "e1000e", "button", "af_packet"}},
		"hyperv": {[]string{"hv_vmbus", "hv_netvsc"}, []string{"button", "af_packet", "hv_utils"}},
	}
}

// disks are the drivers of the disks and CD drives that each hypervisor can give
// to a machine, of their controllers first.
func disks() map[string][]string {
	return map[string][]string{
		"virtualbox": {"ata_piix", "ahci"},
		"qemu":       {"virtio_pci", "virtio_blk", "virtio_scsi", "ata_piix", "ahci"},
		"vmware":     {"vmw_pvscsi", "mptspi", "ata_piix", "ahci"},
		"hyperv":     {"hv_vmbus", "hv_storvsc", "ata_piix"},
	}
}

// WithDisks adds, where the kernel has them, the drivers of a hypervisor's disks
// and CD drives, and of the file systems ext4, FAT and ISO 9660. What ext4 and FAT
// ask the kernel for by itself, a checksum and character sets, nobody would load.
func (d Drivers) WithDisks(profile string) Drivers {
	for _, one := range slices.Sorted(maps.Keys(disks())) {
		if one == profile || profile == everywhere {
			d.Optional = append(d.Optional, disks()[one]...)
		}
	}
	d.Optional = append(d.Optional, "sd_mod", "sr_mod", "crc32c_generic", "ext4",
		"nls_cp437", "nls_ascii", "nls_iso8859_1", "nls_utf8", "vfat", "isofs")
	return d
}

// WithWatchdog adds, where the kernel has them, the drivers of QEMU's watchdog
// and of the kernel's own, which any machine has: /dev/watchdog is the first.
func (d Drivers) WithWatchdog() Drivers {
	d.Optional = append(d.Optional, "i6300esb", "softdog")
	return d
}

// everywhere is the profile of a machine that runs on any hypervisor.
const everywhere = "all"

// Profiles lists the names that Profile knows.
func Profiles() []string {
	return append(slices.Sorted(maps.Keys(profiles())), everywhere)
}

// Profile returns the drivers for a hypervisor's machines. With "all" they are
// those of every hypervisor, and none is required but that of the first card,
// e1000.
func Profile(name string) (Drivers, error) {
	if name == everywhere {
		all := Drivers{Required: []string{"e1000"}}
		for _, one := range slices.Sorted(maps.Keys(profiles())) {
			d := profiles()[one]
			all.Optional = append(append(all.Optional, d.Required...), d.Optional...)
		}
		return all, nil
	}
	d, ok := profiles()[name]
	if !ok {
		return Drivers{}, errors.Errorf("there is no profile %q: choose one of %s", name, strings.Join(Profiles(), ", "))
	}
	return d, nil
}
