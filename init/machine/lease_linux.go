package machine

import (
	"context"
	"crypto/rand"
	"net"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
	"github.com/pkg/errors"
)

// lease is what a DHCP server lets the machine have (RFC 2131, RFC 2132).
type lease struct {
	address net.IPNet
	routes  []leaseRoute
	dns     []string
	search  []string
	mtu     int // 0 if the server does not say
	// How long after it was given it should be renewed, and how long it lasts.
	renewal, duration time.Duration
	given             *nclient4.Lease
}

// leaseRoute is a way to a network; via a gateway, or none for the link itself.
type leaseRoute struct {
	to  *net.IPNet
	via net.IP
}

// A question is repeated after a quarter of a second, then after twice the time,
// up to 8 s, within one attempt of 16 s: the first ones are often lost, as a link
// that has just come up is deaf for a second.
const (
	firstRepeat = 250 * time.Millisecond
	repeats     = 6
)

// Without these options a lease would be of no use, or last for ever
// (RFC 2131, 4.4.5: it is renewed at half of its time).
const (
	usualDuration    = time.Hour
	shortestDuration = 10 * time.Second
)

// leaseClient opens a DHCP client on an interface that is up.
func leaseClient(name string) (*nclient4.Client, error) {
	// The library waits for random numbers in a loop that takes all of the
	// processor; this waits, too, but asleep.
	var seed [1]byte
	_, _ = rand.Read(seed[:])
	c, err := nclient4.New(name, nclient4.WithTimeout(firstRepeat), nclient4.WithRetry(repeats))
	return c, errors.Wrapf(err, "opening a raw socket on %s (on some kernels that needs the module af_packet)", name)
}

// acquireLease asks any server for a lease.
func acquireLease(ctx context.Context, name, hostname string) (lease, error) {
	client, err := leaseClient(name)
	if err != nil {
		return lease{}, err
	}
	defer client.Close()
	given, err := client.Request(ctx, leaseOptions(hostname)...)
	if err != nil {
		return lease{}, err
	}
	return newLease(given)
}

// renewLease asks for more time.
func renewLease(ctx context.Context, name, hostname string, l lease) (lease, error) {
	client, err := leaseClient(name)
	if err != nil {
		return lease{}, err
	}
	defer client.Close()
	given, err := client.Renew(ctx, l.given, leaseOptions(hostname)...)
	if err != nil {
		return lease{}, err
	}
	return newLease(given)
}

func leaseOptions(hostname string) []dhcpv4.Modifier {
	options := []dhcpv4.Modifier{dhcpv4.WithRequestedOptions(
		dhcpv4.OptionSubnetMask, dhcpv4.OptionRouter, dhcpv4.OptionDomainNameServer, dhcpv4.OptionDomainName,
		dhcpv4.OptionDNSDomainSearchList, dhcpv4.OptionInterfaceMTU, dhcpv4.OptionClasslessStaticRoute,
	)}
	if hostname != "" {
		options = append(options, dhcpv4.WithOption(dhcpv4.OptHostName(hostname)))
	}
	return options
}

// newLease reads what the server has acknowledged.
func newLease(given *nclient4.Lease) (lease, error) {
	ack := given.ACK
	mask := ack.SubnetMask()
	if mask == nil {
		mask = ack.YourIPAddr.DefaultMask()
	}
	if ack.YourIPAddr.To4() == nil || ack.YourIPAddr.IsUnspecified() {
		return lease{}, errors.Errorf("the server %s gave no address", ack.ServerIdentifier())
	}
	l := lease{
		address:  net.IPNet{IP: ack.YourIPAddr.To4(), Mask: mask},
		routes:   leaseRoutes(ack),
		duration: max(ack.IPAddressLeaseTime(usualDuration), shortestDuration),
		given:    given,
	}
	l.renewal = ack.IPAddressRenewalTime(l.duration / 2)
	if l.renewal <= 0 || l.renewal >= l.duration {
		l.renewal = l.duration / 2
	}
	for _, server := range ack.DNS() {
		l.dns = append(l.dns, server.String())
	}
	if search := ack.DomainSearch(); search != nil {
		l.search = slices.Clone(search.Labels)
	} else if domain := ack.DomainName(); domain != "" {
		l.search = []string{domain}
	}
	if mtu, err := dhcpv4.GetUint16(dhcpv4.OptionInterfaceMTU, ack.Options); err == nil && mtu >= 576 { // RFC 2132, 5.1: 68; IPv4 hosts take 576
		l.mtu = int(mtu)
	}
	return l, nil
}

// leaseRoutes are the classless routes, which replace the router (RFC 3442).
func leaseRoutes(ack *dhcpv4.DHCPv4) []leaseRoute {
	var routes []leaseRoute
	for _, r := range ack.ClasslessStaticRoute() {
		routes = append(routes, leaseRoute{r.Dest, r.Router})
	}
	if routers := ack.Router(); len(routes) == 0 && len(routers) > 0 {
		routes = append(routes, leaseRoute{nil, routers[0]})
	}
	return routes
}
