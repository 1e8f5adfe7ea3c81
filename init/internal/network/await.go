//go:build linux

package network

import (
	"os"
	"slices"

	"github.com/vishvananda/netlink"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// lateBuses are the folders of buses whose devices announce themselves late: the kernel
// may still be looking for them when the init runs.
var lateBuses = []string{"sys/bus/usb/devices", "sys/bus/vmbus/devices", "sys/bus/xen/devices", "sys/class/mmc_host"}

// MayGetAddress reports whether the configuration gives an address to an interface that
// exists, or to one that may still appear by itself. If not, waiting for an address is
// in vain. Devices on all buses but lateBuses have been probed by now: before the init
// started, or before their driver's module was loaded (kernel: init/main.c,
// kernel_init; kernel/module/main.c, do_init_module; both call async_synchronize_full).
func (n *Network) MayGetAddress() bool {
	if n.interfaces.Load() > 0 {
		return true
	}
	there, err := n.kernel.Links.LinkList()
	if err != nil || slices.ContainsFunc(there, n.getsAddress) {
		return true
	}
	return slices.ContainsFunc(lateBuses, func(bus string) bool {
		devices, err := os.ReadDir(n.kernel.Path(bus))
		return err == nil && len(devices) > 0
	})
}

func (n *Network) getsAddress(link netlink.Link) bool {
	entry, ok := n.matching(link)
	return ok && givesAddress(entry)
}

func givesAddress(i config.Interface) bool {
	return i.DHCP || i.IPv6 == config.IPv6Auto || len(i.Addresses) > 0
}
