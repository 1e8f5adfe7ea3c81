package machine

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// links is what the network stage asks of rtnetlink(7).
type links interface {
	LinkByName(name string) (netlink.Link, error)
	LinkSetUp(link netlink.Link) error
	LinkSetMTU(link netlink.Link, mtu int) error
	AddrReplace(link netlink.Link, addr *netlink.Addr) error
	AddrDel(link netlink.Link, addr *netlink.Addr) error
	RouteReplace(route *netlink.Route) error
}

// single is the first interface of the configuration, which is the only one yet.
type single struct {
	Interface        string
	DHCP             bool
	Address, Gateway string
	DNS              []string
}

func firstInterface(n config.Network) single {
	if len(n.Interfaces) == 0 {
		return single{}
	}
	first := n.Interfaces[0]
	s := single{Interface: first.Name, DHCP: first.DHCP, DNS: n.DNS}
	if s.Interface == "" {
		s.Interface = "eth0"
	}
	if len(first.Addresses) > 0 {
		s.Address = first.Addresses[0]
	}
	if len(first.Routes) > 0 {
		s.Gateway = first.Routes[0].Via
	}
	return s
}

// interfacePatience is how long the program's start waits for the interface.
// A driver announces it within milliseconds of being loaded.
const interfacePatience = 5 * time.Second

// network brings up the loopback and the configured interface. An interface
// that is not there in time is configured when it appears.
func (p *pid1) network() error {
	if err := p.loopback(); err != nil {
		p.report("network", err)
	}
	n := firstInterface(p.config.Network)
	if n.Interface == "" || n.Address == "" && !n.DHCP {
		return nil
	}
	appeared, stop, err := p.sys.watchLinks()
	if err != nil {
		p.report("network", errors.Wrap(err, "watching for interfaces"))
	}
	patience := time.After(interfacePatience)
	for {
		link, err := p.sys.links.LinkByName(n.Interface)
		if err == nil {
			stop()
			return p.configure(link, n)
		}
		select {
		case <-appeared:
		case <-patience:
			p.background("network", func() { p.configureLater(n, appeared) })
			return errors.Errorf("there is no interface %s after %s: is its driver among the modules? "+
				"It is configured when it appears", n.Interface, interfacePatience)
		}
	}
}

// configureLater waits for the interface as long as it takes.
func (p *pid1) configureLater(n single, appeared <-chan struct{}) {
	for range appeared {
		link, err := p.sys.links.LinkByName(n.Interface)
		if err != nil {
			continue
		}
		if err := p.configure(link, n); err != nil {
			p.report("network", err)
		}
		return
	}
}

func (p *pid1) loopback() error {
	lo, err := p.sys.links.LinkByName("lo")
	if err != nil {
		return errors.Wrap(err, "finding the loopback interface")
	}
	return errors.Wrap(p.sys.links.LinkSetUp(lo), "bringing up the loopback interface")
}

// configure gives an interface its address, as the configuration says.
func (p *pid1) configure(link netlink.Link, n single) error {
	if n.DHCP {
		return p.dhcp(link, n)
	}
	return p.static(link, n)
}

// static gives an interface its fixed address. It is set up first, since
// nothing else takes longer.
func (p *pid1) static(link netlink.Link, n single) error {
	prefix, err := netip.ParsePrefix(n.Address)
	if err != nil {
		return errors.Wrapf(err, "the address of %s", n.Interface)
	}
	p.disableIPv6(n.Interface)
	p.waitCarrier(n.Interface)
	if err := p.sys.links.LinkSetUp(link); err != nil {
		return errors.Wrapf(err, "bringing up %s", n.Interface)
	}
	address := &netlink.Addr{IPNet: &net.IPNet{
		IP:   prefix.Addr().AsSlice(),
		Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
	}}
	if err := p.sys.links.AddrReplace(link, address); err != nil {
		return errors.Wrapf(err, "giving %s the address %s", n.Interface, n.Address)
	}
	if err := p.defaultRoute(link, n.Gateway); err != nil {
		return err
	}
	p.console.printf("machine: network: %s has %s, gateway %s", n.Interface, n.Address, n.Gateway)
	return nil
}

func (p *pid1) defaultRoute(link netlink.Link, gateway string) error {
	if gateway == "" {
		return nil
	}
	via, err := netip.ParseAddr(gateway)
	if err != nil {
		return errors.Wrap(err, "the gateway")
	}
	route := &netlink.Route{LinkIndex: link.Attrs().Index, Gw: via.AsSlice()}
	return errors.Wrapf(p.sys.links.RouteReplace(route), "setting the default route via %s", gateway)
}

// disableIPv6 keeps IPv6 off an interface that has no IPv6 configured. Its
// multicast joins make an emulated e1000 deaf for a second, just as the link
// comes up.
func (p *pid1) disableIPv6(name string) {
	path := filepath.Join(p.sys.root, "proc/sys/net/ipv6/conf", name, "disable_ipv6")
	_ = os.WriteFile(path, []byte("1"), 0o644) // a kernel without IPv6 has no such file
}
