//go:build linux

package network

import (
	"net/netip"

	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// watchAddresses keeps the files for names up to date with the machine's addresses.
func (n *Network) watchAddresses() {
	for {
		updates, err := n.kernel.WatchAddresses()
		if err != nil {
			n.Report("network", errors.Wrap(err, "watching the addresses"))
		}
		for u := range updates {
			if a, ok := usable(u); ok {
				n.names.address(a, u.NewAddr)
			}
		}
		<-n.kernel.After(watchPause)
	}
}

// usable returns an address and whether others can reach the machine by it. It excludes
// addresses of the loopback interface and of a single link, and IPv6 addresses until
// the kernel knows that no other machine has them.
func usable(u netlink.AddrUpdate) (netip.Addr, bool) {
	a, ok := netip.AddrFromSlice(u.LinkAddress.IP)
	a = a.Unmap()
	if !ok || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() {
		return a, false
	}
	return a, !u.NewAddr || u.Flags&(unix.IFA_F_TENTATIVE|unix.IFA_F_DADFAILED) == 0
}
