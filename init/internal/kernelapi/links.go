//go:build linux

package kernelapi

import "github.com/vishvananda/netlink"

// Links holds the calls to rtnetlink(7) that the network needs.
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

// watchLinks reports every interface that exists, and then every change. The channel
// closes when the kernel had more changes than its buffer holds.
func watchLinks() (<-chan netlink.LinkUpdate, error) {
	updates := make(chan netlink.LinkUpdate)
	err := netlink.LinkSubscribeWithOptions(updates, nil, netlink.LinkSubscribeOptions{ListExisting: true})
	if err != nil {
		close(updates)
	}
	return updates, err
}

// watchAddresses does the same for addresses.
func watchAddresses() (<-chan netlink.AddrUpdate, error) {
	updates := make(chan netlink.AddrUpdate)
	err := netlink.AddrSubscribeWithOptions(updates, nil, netlink.AddrSubscribeOptions{ListExisting: true})
	if err != nil {
		close(updates)
	}
	return updates, err
}
