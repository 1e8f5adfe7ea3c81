package machine

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"
)

const (
	// leasePatience is how long the program's start waits for the first lease.
	leasePatience = 5 * time.Second
	// leasePause comes between attempts to get a lease, and between those to
	// renew one; RFC 2131, 4.4.5 wants a minute at least for the latter.
	leasePause   = 5 * time.Second
	renewalPause = time.Minute
)

// dhcp brings the interface up and asks for a lease, which it keeps for as long
// as the machine runs. It returns when the first is there, or after a time.
func (p *pid1) dhcp(link netlink.Link, n single) error {
	p.disableIPv6(n.Interface)
	p.waitCarrier(n.Interface)
	if err := p.sys.links.LinkSetUp(link); err != nil {
		return errors.Wrapf(err, "bringing up %s", n.Interface)
	}
	first := make(chan struct{}, 1)
	p.background("dhcp", func() { p.keepLease(link, n, first) })
	select {
	case <-first:
		return nil
	case <-p.sys.after(leasePatience):
		return errors.Errorf("no DHCP server has answered on %s for %s; the machine goes on and keeps asking", n.Interface, leasePatience)
	}
}

// keepLease gets a lease, renews it in time, and gets another when it is lost.
func (p *pid1) keepLease(link netlink.Link, n single, first chan<- struct{}) {
	silent := false // a server that does not answer is reported once
	for {
		l, err := p.sys.acquireLease(context.Background(), n.Interface, p.config.Hostname)
		if err == nil {
			err = p.apply(link, n, l)
		}
		if err != nil {
			if !silent {
				p.report("dhcp", errors.Wrapf(err, "asking for a lease on %s", n.Interface))
			}
			silent = true
			<-p.sys.after(leasePause)
			continue
		}
		silent = false
		select {
		case first <- struct{}{}:
		default:
		}
		p.holdLease(link, n, l)
	}
}

// holdLease renews a lease until it cannot. Then the address is no longer ours.
func (p *pid1) holdLease(link netlink.Link, n single, l lease) {
	expires := p.sys.uptime() + l.duration
	wait := l.renewal
	for p.sys.uptime() < expires {
		<-p.sys.after(min(wait, expires-p.sys.uptime()))
		renewed, err := p.sys.renewLease(context.Background(), n.Interface, p.config.Hostname, l)
		if err == nil && renewed.address.String() != l.address.String() {
			err = errors.Errorf("the server now gives %s", &renewed.address)
		}
		if err == nil {
			err = p.apply(link, n, renewed)
		}
		if err == nil {
			l, wait, expires = renewed, renewed.renewal, p.sys.uptime()+renewed.duration
			continue
		}
		p.report("dhcp", errors.Wrapf(err, "renewing the lease of %s", l.address.IP))
		if refused(err) {
			break
		}
		wait = max(renewalPause, (expires-p.sys.uptime())/2)
	}
	p.report("dhcp", errors.Errorf("the lease of %s on %s has ended", l.address.IP, n.Interface))
	if err := p.sys.links.AddrDel(link, &netlink.Addr{IPNet: &l.address}); err != nil {
		p.report("dhcp", errors.Wrapf(err, "removing the address %s", &l.address))
	}
}

// apply gives the interface what the lease says, and writes the names' files.
func (p *pid1) apply(link netlink.Link, n single, l lease) error {
	if l.mtu > 0 {
		if err := p.sys.links.LinkSetMTU(link, l.mtu); err != nil {
			p.report("dhcp", errors.Wrapf(err, "setting the MTU of %s to %d", n.Interface, l.mtu))
		}
	}
	if err := p.sys.links.AddrReplace(link, &netlink.Addr{IPNet: &l.address}); err != nil {
		return errors.Wrapf(err, "giving %s the address %s", n.Interface, &l.address)
	}
	var gateways []string
	for _, r := range l.routes {
		if err := p.sys.links.RouteReplace(l.route(link, r)); err != nil {
			return errors.Wrapf(err, "setting the route to %s via %s", r.to, r.via)
		}
		gateways = append(gateways, r.via.String())
	}
	dns := n.DNS // the machine's own come before the server's
	if len(dns) == 0 {
		dns = l.dns
	}
	p.writeNames(l.address.IP.String(), dns, l.search)
	p.console.printf("machine: dhcp: %s has %s for %s, gateway %s, DNS %s", n.Interface, &l.address,
		l.duration, strings.Join(gateways, " "), strings.Join(dns, " "))
	return nil
}

// route is a lease's route as the kernel has it. A gateway that is not on the
// interface's own network is taken to be on its link.
func (l lease) route(link netlink.Link, r leaseRoute) *netlink.Route {
	route := &netlink.Route{LinkIndex: link.Attrs().Index, Dst: r.to}
	switch {
	case r.via == nil || r.via.IsUnspecified():
		route.Scope = netlink.SCOPE_LINK
	case !l.address.Contains(r.via):
		route.Flags = int(netlink.FLAG_ONLINK)
		fallthrough
	default:
		route.Gw = r.via
	}
	if r.to != nil && r.to.IP.Equal(net.IPv4zero) {
		route.Dst = nil // the default route
	}
	return route
}

// refused tells whether the server has said no, rather than nothing.
func refused(err error) bool {
	var no *nclient4.ErrNak
	return errors.As(err, &no)
}
