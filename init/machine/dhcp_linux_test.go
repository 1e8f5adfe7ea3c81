package machine

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
	"github.com/insomniacslk/dhcp/rfc1035label"
	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

func network(t *testing.T, text string) net.IPNet {
	t.Helper()
	ip, n, err := net.ParseCIDR(text)
	if err != nil {
		t.Fatal(err)
	}
	return net.IPNet{IP: ip.To4(), Mask: n.Mask}
}

func testLease(t *testing.T) lease {
	t.Helper()
	return lease{
		address: network(t, "192.168.76.9/24"), routes: []leaseRoute{{nil, net.IPv4(192, 168, 76, 2)}},
		dns: []string{"192.168.76.3"}, search: []string{"example.com"}, mtu: 1400,
		renewal: time.Minute, duration: 2 * time.Minute,
	}
}

// dhcpFake is a machine whose time goes by as it waits.
func dhcpFake(t *testing.T) *fake {
	t.Helper()
	f := newFake(t)
	f.write(t, "etc/x", "")
	f.config.Hostname = "web"
	f.config.Network = config.Network{Interfaces: []config.Interface{{DHCP: true}}}
	return f
}

func TestDHCP(t *testing.T) {
	f := dhcpFake(t)
	f.sys.acquireLease = func(_ context.Context, name, hostname string) (lease, error) {
		if name != "eth0" || hostname != "web" {
			t.Errorf("asked for %s, as %s", name, hostname)
		}
		return testLease(t), nil
	}
	if err := f.network(); err != nil {
		t.Fatal(err)
	}
	if want := "up lo, up eth0, mtu eth0 1400, address eth0 192.168.76.9/24, route 192.168.76.2"; f.nic.done() != want {
		t.Errorf("%s, want %s", f.nic.done(), want)
	}
	if got := f.read(t, "etc/resolv.conf"); got != "nameserver 192.168.76.3\nsearch example.com\n" {
		t.Errorf("resolv.conf: %q", got)
	}
	if got := f.read(t, "etc/hosts"); !strings.HasSuffix(got, "192.168.76.9 web\n") {
		t.Errorf("hosts: %q", got)
	}
	f.wantShown(t, "machine: dhcp: eth0 has 192.168.76.9/24 for 2m0s, gateway 192.168.76.2, DNS 192.168.76.3")
}

// TestDHCPNobody: without a server the machine goes on, and has its address when
// one comes.
func TestDHCPNobody(t *testing.T) {
	f := dhcpFake(t)
	comes := make(chan struct{})
	f.sys.acquireLease = func(context.Context, string, string) (lease, error) {
		select {
		case <-comes:
			return testLease(t), nil
		default:
			return lease{}, errors.New("no answer")
		}
	}
	f.sys.after = func(d time.Duration) <-chan time.Time {
		if d == leasePatience || d == leasePause {
			return time.After(10 * time.Millisecond)
		}
		return nil
	}
	err := f.network()
	if err == nil || !strings.Contains(err.Error(), "no DHCP server has answered on eth0 for 5s; the machine goes on and keeps asking") {
		t.Errorf("%v", err)
	}
	close(comes)
	for !strings.Contains(f.nic.done(), "address eth0 192.168.76.9/24") {
		time.Sleep(time.Millisecond)
	}
	if got := strings.Count(f.shown(), "asking for a lease on eth0: no answer"); got != 1 {
		t.Errorf("the silence is reported %d times", got)
	}
}

// TestHoldLease: a lease is renewed at half of its time, again and again while
// nobody answers, and given up when it ends or the server says no.
func TestHoldLease(t *testing.T) {
	other := testLease(t)
	other.address = network(t, "192.168.76.10/24")
	nak := acknowledged(t).ACK
	no := &nclient4.ErrNak{Offer: nak, Nak: nak}
	tests := []struct {
		name    string
		answers []any // a lease or an error
		asked   string
	}{
		{"refused", []any{errors.Wrap(no, "x")}, "1m0s"},
		{"another address, then silence", []any{other, errors.New("silence")}, "1m0s 2m0s"},
		{"renewed, then refused", []any{testLease(t), no}, "1m0s 2m0s"},
		{"silence", []any{errors.New("silence"), errors.New("silence")}, "1m0s 2m0s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := dhcpFake(t)
			f.sys.after = func(d time.Duration) <-chan time.Time {
				f.clock += d
				return time.After(0)
			}
			var asked []string
			f.sys.renewLease = func(context.Context, string, string, lease) (lease, error) {
				answer := test.answers[min(len(asked), len(test.answers)-1)]
				asked = append(asked, f.clock.String())
				if l, ok := answer.(lease); ok {
					return l, nil
				}
				return lease{}, answer.(error)
			}
			link, _ := f.nic.LinkByName("eth0")
			f.holdLease(link, firstInterface(f.config.Network), testLease(t))
			if got := strings.Join(asked, " "); got != test.asked {
				t.Errorf("asked at %s, want %s", got, test.asked)
			}
			if !strings.HasSuffix(f.nic.done(), "remove eth0 192.168.76.9/24") {
				t.Errorf("%s", f.nic.done())
			}
			f.wantShown(t, "renewing the lease of 192.168.76.9: ", "the lease of 192.168.76.9 on eth0 has ended")
		})
	}
}

func acknowledged(t *testing.T, options ...dhcpv4.Option) *nclient4.Lease {
	t.Helper()
	ack, err := dhcpv4.New(dhcpv4.WithYourIP(net.IPv4(10, 0, 0, 5)))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range options {
		ack.UpdateOption(o)
	}
	return &nclient4.Lease{ACK: ack}
}

func TestNewLease(t *testing.T) {
	far := network(t, "172.16.0.0/12")
	l, err := newLease(acknowledged(t,
		dhcpv4.OptSubnetMask(net.CIDRMask(20, 32)), dhcpv4.OptRouter(net.IPv4(10, 0, 0, 1)),
		dhcpv4.OptClasslessStaticRoute(&dhcpv4.Route{Dest: &far, Router: net.IPv4(10, 0, 0, 254)}),
		dhcpv4.OptDNS(net.IPv4(9, 9, 9, 9)), dhcpv4.OptDomainName("ignored.example"),
		dhcpv4.OptDomainSearch(&rfc1035label.Labels{Labels: []string{"a.example", "b.example"}}),
		dhcpv4.OptIPAddressLeaseTime(time.Hour), dhcpv4.OptRenewTimeValue(10*time.Minute),
		dhcpv4.Option{Code: dhcpv4.OptionInterfaceMTU, Value: dhcpv4.Uint16(1400)},
	))
	if err != nil {
		t.Fatal(err)
	}
	if l.address.String() != "10.0.0.5/20" || len(l.routes) != 1 || l.routes[0].via.String() != "10.0.0.254" ||
		l.dns[0] != "9.9.9.9" || strings.Join(l.search, " ") != "a.example b.example" || l.mtu != 1400 ||
		l.renewal != 10*time.Minute || l.duration != time.Hour {
		t.Errorf("%+v", l)
	}

	l, err = newLease(acknowledged(t, dhcpv4.OptRouter(net.IPv4(10, 0, 0, 1)), dhcpv4.OptDomainName("one.example")))
	if err != nil || l.address.String() != "10.0.0.5/8" || l.routes[0].to != nil || l.search[0] != "one.example" ||
		l.duration != usualDuration || l.renewal != usualDuration/2 || l.mtu != 0 {
		t.Errorf("%+v, %v", l, err)
	}

	empty := acknowledged(t)
	empty.ACK.YourIPAddr = net.IPv4zero
	if _, err := newLease(empty); err == nil {
		t.Error("a lease without an address was taken")
	}
}

func TestRoute(t *testing.T) {
	l := testLease(t)
	link := &netlink.Dummy{LinkAttrs: netlink.LinkAttrs{Index: 2}}
	all := network(t, "0.0.0.0/0")
	for _, test := range []struct {
		name string
		r    leaseRoute
		want func(r *netlink.Route) bool
	}{
		{"default", leaseRoute{&all, net.IPv4(192, 168, 76, 2)}, func(r *netlink.Route) bool { return r.Dst == nil && r.Gw != nil && r.Flags == 0 }},
		{"on the link", leaseRoute{&all, net.IPv4zero}, func(r *netlink.Route) bool { return r.Gw == nil && r.Scope == netlink.SCOPE_LINK }},
		{"elsewhere", leaseRoute{nil, net.IPv4(10, 0, 0, 1)}, func(r *netlink.Route) bool { return r.Flags == int(netlink.FLAG_ONLINK) && r.Gw != nil }},
	} {
		if got := l.route(link, test.r); !test.want(got) || got.LinkIndex != 2 {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

// FuzzNewLease: whatever a server sends, PID 1 survives.
func FuzzNewLease(f *testing.F) {
	ack, err := dhcpv4.New(dhcpv4.WithYourIP(net.IPv4(10, 0, 0, 5)), dhcpv4.WithOption(dhcpv4.OptRouter(net.IPv4(10, 0, 0, 1))))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ack.ToBytes())
	f.Fuzz(func(t *testing.T, packet []byte) {
		ack, err := dhcpv4.FromBytes(packet)
		if err != nil {
			return
		}
		l, err := newLease(&nclient4.Lease{ACK: ack})
		if err != nil {
			return
		}
		if l.duration < shortestDuration || l.renewal <= 0 || l.renewal >= l.duration {
			t.Errorf("%+v", l)
		}
		for _, r := range l.routes {
			l.route(&netlink.Dummy{}, r)
		}
	})
}
