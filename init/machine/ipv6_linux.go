package machine

import (
	"net/netip"
	"slices"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// prepareIPv6 tells the kernel, before the interface is up, whether it is to
// take addresses and routes from router advertisements. Where there is no use
// for IPv6 it is off: the groups that it joins make an emulated e1000 deaf for
// a second, just as its link comes up.
func (n *nic) prepareIPv6() {
	auto := n.entry.IPv6 == config.IPv6Auto
	off := !auto && !slices.ContainsFunc(n.entry.Addresses, isIPv6)
	n.setIPv6("accept_ra", oneIf(auto))
	n.setIPv6("autoconf", oneIf(auto))
	n.setIPv6("disable_ipv6", oneIf(off))
}

func isIPv6(address string) bool {
	prefix, err := netip.ParsePrefix(address)
	return err == nil && prefix.Addr().Is6()
}

func oneIf(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}
