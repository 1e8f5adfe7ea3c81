package dhcp4

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/rfc1035label"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp"
)

func acknowledged(t testing.TB, options ...dhcpv4.Option) *dhcpv4.DHCPv4 {
	t.Helper()
	ack, err := dhcpv4.New(dhcpv4.WithYourIP(net.IPv4(10, 0, 0, 5)), dhcpv4.WithMessageType(dhcpv4.MessageTypeAck))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range options {
		ack.UpdateOption(o)
	}
	return ack
}

func everyOption() []dhcpv4.Option {
	_, far, _ := net.ParseCIDR("172.16.0.0/12")
	_, near, _ := net.ParseCIDR("10.9.0.0/16")
	return []dhcpv4.Option{
		dhcpv4.OptSubnetMask(net.CIDRMask(20, 32)), dhcpv4.OptRouter(net.IPv4(10, 0, 0, 1)),
		dhcpv4.OptServerIdentifier(net.IPv4(10, 0, 0, 2)),
		dhcpv4.OptClasslessStaticRoute(&dhcpv4.Route{Dest: far, Router: net.IPv4(10, 0, 0, 254)}, &dhcpv4.Route{Dest: near, Router: net.IPv4zero}),
		dhcpv4.OptDNS(net.IPv4(9, 9, 9, 9), net.IPv4zero), dhcpv4.OptDomainName("ignored.example"),
		dhcpv4.OptDomainSearch(&rfc1035label.Labels{Labels: []string{"a.example", "b.example"}}),
		dhcpv4.OptNTPServers(net.IPv4(10, 0, 0, 3)), dhcpv4.OptHostName("web"),
		dhcpv4.OptIPAddressLeaseTime(time.Hour), dhcpv4.OptRenewTimeValue(10 * time.Minute),
		{Code: dhcpv4.OptionRebindingTimeValue, Value: dhcpv4.Duration(40 * time.Minute)},
		{Code: dhcpv4.OptionInterfaceMTU, Value: dhcpv4.Uint16(1400)},
	}
}

func TestRead(t *testing.T) {
	address := netip.MustParseAddr
	prefix := netip.MustParsePrefix
	usual := dhcp.Times{Renew: 30 * time.Minute, Rebind: 3150 * time.Second, Expire: time.Hour}
	tests := []struct {
		name    string
		options []dhcpv4.Option
		want    *Lease
	}{
		{"everything", everyOption(), &Lease{
			Address: prefix("10.0.0.5/20"), Server: address("10.0.0.2"),
			Routes: []Route{{prefix("172.16.0.0/12"), address("10.0.0.254")}, {To: prefix("10.9.0.0/16")}},
			DNS:    []netip.Addr{address("9.9.9.9")}, NTP: []netip.Addr{address("10.0.0.3")},
			Search: []string{"a.example", "b.example"}, Hostname: "web", MTU: 1400,
			times: dhcp.Times{Renew: 10 * time.Minute, Rebind: 40 * time.Minute, Expire: time.Hour},
		}},
		{"little", []dhcpv4.Option{dhcpv4.OptRouter(net.IPv4(10, 0, 0, 1)), dhcpv4.OptDomainName("one.example")}, &Lease{
			Address: prefix("10.0.0.5/8"), Routes: []Route{{prefix("0.0.0.0/0"), address("10.0.0.1")}}, Search: []string{"one.example"},
			times: dhcp.Times{Renew: 30 * time.Minute, Rebind: 3150 * time.Second, Expire: time.Hour},
		}},
		// Google's cloud does this: the gateway is on the link, and is not the server.
		{"a network of one", []dhcpv4.Option{
			dhcpv4.OptSubnetMask(net.CIDRMask(32, 32)), dhcpv4.OptServerIdentifier(net.IPv4(169, 254, 169, 254)), dhcpv4.OptRouter(net.IPv4(10, 0, 0, 9)),
			raw(dhcpv4.OptionClasslessStaticRoute, "\x20\x0a\x00\x00\x01\x00\x00\x00\x00\x00\x0a\x00\x00\x01"),
		}, &Lease{
			Address: prefix("10.0.0.5/32"), Server: address("169.254.169.254"),
			Routes: []Route{{To: prefix("10.0.0.1/32")}, {prefix("0.0.0.0/0"), address("10.0.0.1")}}, times: usual,
		}},
		{"a network of one, and a router", []dhcpv4.Option{dhcpv4.OptSubnetMask(net.CIDRMask(32, 32)), dhcpv4.OptRouter(net.IPv4(10, 0, 0, 1))}, &Lease{
			Address: prefix("10.0.0.5/32"), Routes: []Route{{prefix("0.0.0.0/0"), address("10.0.0.1")}}, times: usual,
		}},
		{"endless", []dhcpv4.Option{raw(dhcpv4.OptionIPAddressLeaseTime, "\xff\xff\xff\xff"), raw(dhcpv4.OptionRenewTimeValue, "\xff\xff\xff\xff"),
			raw(dhcpv4.OptionRebindingTimeValue, "\xff\xff\xff\xff")}, &Lease{
			Address: prefix("10.0.0.5/8"), times: dhcp.Times{Renew: Endless / 2, Rebind: Endless / 8 * 7, Expire: Endless},
		}},
		{"five name servers, several domains, NULs", []dhcpv4.Option{
			dhcpv4.OptDNS(net.IPv4(10, 0, 0, 1), net.IPv4(10, 0, 0, 2), net.IPv4(10, 0, 0, 3), net.IPv4(10, 0, 0, 4), net.IPv4(10, 0, 0, 5)),
			dhcpv4.OptDomainName("a.example b.example\x00"), dhcpv4.OptHostName("web\x00"),
		}, &Lease{
			Address: prefix("10.0.0.5/8"), Search: []string{"a.example", "b.example"}, Hostname: "web", times: usual,
			DNS: []netip.Addr{address("10.0.0.1"), address("10.0.0.2"), address("10.0.0.3"), address("10.0.0.4"), address("10.0.0.5")},
		}},
		{"classless routes in place of the router", []dhcpv4.Option{dhcpv4.OptRouter(net.IPv4(10, 0, 0, 1)),
			raw(dhcpv4.OptionClasslessStaticRoute, "\x18\xc0\xa8\x07\x0a\x00\x00\x07")}, &Lease{
			Address: prefix("10.0.0.5/8"), Routes: []Route{{prefix("192.168.7.0/24"), address("10.0.0.7")}}, times: usual,
		}},
		{"malformed", []dhcpv4.Option{
			dhcpv4.OptRouter(net.IPv4(10, 0, 0, 1)), raw(dhcpv4.OptionClasslessStaticRoute, "\x21\x0a\x00\x00\x01\x0a"),
			raw(dhcpv4.OptionDomainNameServer, "\x0a\x00\x00\x01\x0a"), raw(dhcpv4.OptionNTPServers, ""), raw(dhcpv4.OptionInterfaceMTU, "\x05"),
			raw(dhcpv4.OptionIPAddressLeaseTime, "\x00\x01"), raw(dhcpv4.OptionRenewTimeValue, ""), raw(dhcpv4.OptionDNSDomainSearchList, "\x3fa"),
		}, &Lease{Address: prefix("10.0.0.5/8"), Routes: []Route{{prefix("0.0.0.0/0"), address("10.0.0.1")}}, times: usual}},
		{"a route without its gateway", []dhcpv4.Option{dhcpv4.OptRouter(net.IPv4(10, 0, 0, 1)), raw(dhcpv4.OptionClasslessStaticRoute, "\x00\x0a\x00")},
			&Lease{Address: prefix("10.0.0.5/8"), Routes: []Route{{prefix("0.0.0.0/0"), address("10.0.0.1")}}, times: usual}},
		{"senseless", []dhcpv4.Option{
			dhcpv4.OptIPAddressLeaseTime(0), dhcpv4.OptRenewTimeValue(time.Hour),
			{Code: dhcpv4.OptionRebindingTimeValue, Value: dhcpv4.Duration(time.Hour)}, {Code: dhcpv4.OptionInterfaceMTU, Value: dhcpv4.Uint16(60)},
		}, &Lease{
			Address: prefix("10.0.0.5/8"),
			times:   dhcp.Times{Renew: 5 * time.Second, Rebind: 8750 * time.Millisecond, Expire: shortestDuration},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(acknowledged(t, test.options...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(Lease{}), cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// raw returns an option with these bytes.
func raw(code dhcpv4.OptionCode, value string) dhcpv4.Option {
	return dhcpv4.OptGeneric(code, []byte(value))
}

// TestReadRefuses: answers that would leave the machine without a working network are
// errors.
func TestReadRefuses(t *testing.T) {
	tests := []struct {
		name    string
		address net.IP
		options []dhcpv4.Option
		want    string
	}{
		{"no address", net.IPv4zero, nil, "the server 10.0.0.2 gave no address"},
		{"loopback", net.IPv4(127, 0, 0, 1), nil, "the server 10.0.0.2 gave the address 127.0.0.1, which no machine can have"},
		{"a group's", net.IPv4(224, 0, 0, 1), nil, "gave the address 224.0.0.1"},
		{"everybody's", net.IPv4bcast, nil, "gave the address 255.255.255.255"},
		{"a mask with holes", net.IPv4(10, 0, 0, 5), []dhcpv4.Option{raw(dhcpv4.OptionSubnetMask, "\xff\x00\xff\x00")}, "the server 10.0.0.2 gave the invalid network mask ff00ff00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ack := acknowledged(t, append(test.options, dhcpv4.OptServerIdentifier(net.IPv4(10, 0, 0, 2)))...)
			ack.YourIPAddr = test.address
			if l, err := read(ack); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%+v, %v, want %q", l, err, test.want)
			}
		})
	}
}

// FuzzRead: a lease makes sense, whatever the server sends.
func FuzzRead(f *testing.F) {
	f.Add(acknowledged(f, everyOption()...).ToBytes())
	f.Fuzz(func(t *testing.T, packet []byte) {
		ack, err := dhcpv4.FromBytes(packet)
		if err != nil {
			return
		}
		l, err := read(ack)
		if err != nil {
			return
		}
		times := l.Times()
		if !l.Address.IsValid() || times.Expire < shortestDuration || times.Renew <= 0 || times.Renew > times.Rebind || times.Rebind >= times.Expire {
			t.Errorf("%+v", l)
		}
		for _, r := range l.Routes {
			if !r.To.IsValid() {
				t.Errorf("%+v", l)
			}
		}
	})
}

// question is the part of a question that matters to a server.
type question struct {
	Type, From, To, Client, Requested, Server string
}

// TestClient: each question has the form that its state requires (RFC 2131, 4.3.2 and
// table 5).
func TestClient(t *testing.T) {
	held := &Lease{Address: netip.MustParsePrefix("10.0.0.5/8"), Server: netip.MustParseAddr("10.0.0.2")}
	tests := []struct {
		name string
		ask  func(Client) (*Lease, error)
		want []question
	}{
		{"acquire", func(c Client) (*Lease, error) { return c.Acquire(context.Background()) }, []question{
			{"DISCOVER", "<nil>", "<nil>", "0.0.0.0", "<nil>", "<nil>"},
			{"REQUEST", "<nil>", "<nil>", "0.0.0.0", "10.0.0.5", "10.0.0.2"},
		}},
		{"confirm", func(c Client) (*Lease, error) { return c.Confirm(context.Background(), held) }, []question{
			{"REQUEST", "<nil>", "<nil>", "0.0.0.0", "10.0.0.5", "<nil>"},
		}},
		{"renew", func(c Client) (*Lease, error) { return c.Renew(context.Background(), held) }, []question{
			{"REQUEST", "10.0.0.5", "10.0.0.2", "10.0.0.5", "<nil>", "<nil>"},
		}},
		{"rebind", func(c Client) (*Lease, error) { return c.Rebind(context.Background(), held) }, []question{
			{"REQUEST", "<nil>", "<nil>", "10.0.0.5", "<nil>", "<nil>"},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var asked []question
			kind := dhcpv4.MessageTypeAck
			c := Client{Hardware: net.HardwareAddr{2, 0, 0, 0, 0, 1}, Hostname: "web", Exchange: func(_ context.Context, q Question) (*dhcpv4.DHCPv4, error) {
				m := q.Message
				asked = append(asked, question{m.MessageType().String(), q.From.String(), q.To.String(),
					m.ClientIPAddr.String(), m.RequestedIPAddress().String(), m.ServerIdentifier().String()})
				if m.HostName() != "web" || !m.IsOptionRequested(dhcpv4.OptionNTPServers) {
					t.Errorf("a bare question: %s", m.Summary())
				}
				answer := acknowledged(t, dhcpv4.OptServerIdentifier(net.IPv4(10, 0, 0, 2)), dhcpv4.OptMessageType(kind))
				if m.MessageType() == dhcpv4.MessageTypeDiscover {
					answer.UpdateOption(dhcpv4.OptMessageType(dhcpv4.MessageTypeOffer))
				}
				if m.MessageType() == dhcpv4.MessageTypeDiscover && kind == dhcpv4.MessageTypeAck {
					none := *answer
					if none.YourIPAddr = net.IPv4zero; q.Accept(&none) {
						t.Error("accepts an offer of nothing")
					}
				}
				if !q.Accept(answer) {
					t.Errorf("refuses %s", answer.Summary())
				}
				return answer, nil
			}}
			got, err := test.ask(c)
			if err != nil || got.Address.Addr().String() != "10.0.0.5" {
				t.Errorf("%+v, %v", got, err)
			}
			if diff := cmp.Diff(test.want, asked); diff != "" {
				t.Error(diff)
			}
			kind = dhcpv4.MessageTypeNak
			if _, err := test.ask(c); !errors.Is(err, dhcp.ErrRefused) {
				t.Errorf("after a NAK: %v", err)
			}
			c.Exchange = func(context.Context, Question) (*dhcpv4.DHCPv4, error) { return nil, errors.New("no answer") }
			if _, err := test.ask(c); err == nil || errors.Is(err, dhcp.ErrRefused) {
				t.Errorf("after silence: %v", err)
			}
		})
	}
}
