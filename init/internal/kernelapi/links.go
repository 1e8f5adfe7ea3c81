//go:build linux

package kernelapi

import "github.com/vishvananda/netlink"

// Links is what the network asks of rtnetlink(7).
type Links interface {
	LinkByName(name string) (netlink.Link, error)
	LinkList() ([]netlink.Link, error)
	LinkSetUp(link netlink.Link) error
	LinkSetMTU(link netlink.Link, mtu int) error
	AddrReplace(link netlink.Link, addr *netlink.Addr) error
	AddrDel(link netlink.Link, addr *netlink.Addr) error
	RouteReplace(route *netlink.Route) error
	RouteDel(route *netlink.Route) error
}

// watchLinks gives word of every interface there is and then of every change.
// The channel is closed when the kernel had more to say than it could keep.
func watchLinks() (<-chan netlink.LinkUpdate, error) {
	updates := make(chan netlink.LinkUpdate)
	err := netlink.LinkSubscribeWithOptions(updates, nil, netlink.LinkSubscribeOptions{ListExisting: true})
	if err != nil {
		close(updates)
	}
	return updates, err
}

// watchAddresses is the same for addresses.
func watchAddresses() (<-chan netlink.AddrUpdate, error) {
	updates := make(chan netlink.AddrUpdate)
	err := netlink.AddrSubscribeWithOptions(updates, nil, netlink.AddrSubscribeOptions{ListExisting: true})
	if err != nil {
		close(updates)
	}
	return updates, err
}
