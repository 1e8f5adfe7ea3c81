//go:build linux

package network

import (
	"net/netip"

	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// watchAddresses keeps the names' files up to date, and shows the addresses that
// the kernel chose.
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

// usable returns an address that others can reach the machine by: not of the
// loopback or of one link only, nor one of which the kernel does not know yet
// whether another has it (IPv6).
func usable(u netlink.AddrUpdate) (netip.Addr, bool) {
	a, ok := netip.AddrFromSlice(u.LinkAddress.IP)
	a = a.Unmap()
	if !ok || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() {
		return a, false
	}
	return a, !u.NewAddr || u.Flags&(unix.IFA_F_TENTATIVE|unix.IFA_F_DADFAILED) == 0
}
