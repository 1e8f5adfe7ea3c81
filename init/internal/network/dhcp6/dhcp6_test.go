package dhcp6

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
	"github.com/insomniacslk/dhcp/rfc1035label"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp"
)

var serverID = &dhcpv6.DUIDLL{HWType: iana.HWTypeEthernet, LinkLayerAddr: net.HardwareAddr{2, 0, 0, 0, 0, 9}}

// reply returns a server's reply with an address for a time, or with an error status.
func reply(valid time.Duration, status iana.StatusCode, options ...dhcpv6.Option) *dhcpv6.Message {
	m := &dhcpv6.Message{MessageType: dhcpv6.MessageTypeReply}
	a := &dhcpv6.OptIANA{T1: valid / 4, T2: valid / 2}
	if status != iana.StatusSuccess {
		a.Options.Add(&dhcpv6.OptStatusCode{StatusCode: status, StatusMessage: "sorry"})
	} else {
		a.Options.Add(&dhcpv6.OptIAAddress{IPv6Addr: net.ParseIP("2001:db8::5"), PreferredLifetime: valid / 2, ValidLifetime: valid})
	}
	m.AddOption(dhcpv6.OptServerID(serverID))
	m.AddOption(a)
	for _, o := range options {
		m.AddOption(o)
	}
	return m
}

func everyOption() []dhcpv6.Option {
	return []dhcpv6.Option{
		dhcpv6.OptDNS(net.ParseIP("2001:db8::53")), dhcpv6.OptSNTP(net.ParseIP("2001:db8::4")),
		dhcpv6.OptDomainSearchList(&rfc1035label.Labels{Labels: []string{"a.example"}}),
		dhcpv6.OptInformationRefreshTime(time.Hour),
	}
}

func TestRead(t *testing.T) {
	got, err := read(reply(time.Hour, iana.StatusSuccess, everyOption()...))
	if err != nil {
		t.Fatal(err)
	}
	address := netip.MustParseAddr
	want := &Lease{
		Address: address("2001:db8::5"), Preferred: 30 * time.Minute, server: serverID,
		DNS: []netip.Addr{address("2001:db8::53")}, NTP: []netip.Addr{address("2001:db8::4")}, Search: []string{"a.example"},
		times: dhcp.Times{Renew: 15 * time.Minute, Rebind: 30 * time.Minute, Expire: time.Hour},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Lease{}), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Error(diff)
	}
	others := readOthers(reply(time.Hour, iana.StatusSuccess, everyOption()...))
	if others.Address.IsValid() || others.Times() != (dhcp.Times{Renew: time.Hour, Rebind: 2 * time.Hour, Expire: 4 * time.Hour}) {
		t.Errorf("%+v", others)
	}
}

func TestReadRefuses(t *testing.T) {
	for want, m := range map[string]*dhcpv6.Message{
		`NoBinding "sorry"`:                reply(time.Hour, iana.StatusNoBinding),
		"the server withdraws 2001:db8::5": reply(0, iana.StatusSuccess),
		"the server gave no address":       {MessageType: dhcpv6.MessageTypeReply},
	} {
		if l, err := read(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v, %v, want %q", l, err, want)
		}
	}
}

// TestClient: each question has the form that its state requires (RFC 8415, 18.2).
func TestClient(t *testing.T) {
	held, err := read(reply(time.Hour, iana.StatusSuccess))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	tests := []struct {
		name    string
		address bool
		ask     func(Client) (*Lease, error)
		want    string // the messages; + with the server's name, @ with the address
	}{
		{"acquire", true, func(c Client) (*Lease, error) { return c.Acquire(ctx) }, "SOLICIT REQUEST+@"},
		{"confirm", true, func(c Client) (*Lease, error) { return c.Confirm(ctx, held) }, "REBIND@"},
		{"renew", true, func(c Client) (*Lease, error) { return c.Renew(ctx, held) }, "RENEW+@"},
		{"rebind", true, func(c Client) (*Lease, error) { return c.Rebind(ctx, held) }, "REBIND@"},
		{"others", false, func(c Client) (*Lease, error) { return c.Acquire(ctx) }, "INFORMATION-REQUEST"},
		{"others again", false, func(c Client) (*Lease, error) { return c.Renew(ctx, held) }, "INFORMATION-REQUEST"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var asked []string
			status := iana.StatusSuccess
			c := Client{Hardware: net.HardwareAddr{2, 0, 0, 0, 0, 1}, Address: test.address,
				Exchange: func(_ context.Context, m *dhcpv6.Message, answer dhcpv6.MessageType) (*dhcpv6.Message, error) {
					text := m.MessageType.String()
					if m.Options.ServerID() != nil {
						text += "+"
					}
					if a := m.Options.OneIANA(); a != nil && a.Options.OneAddress() != nil {
						text += "@"
					}
					asked = append(asked, text)
					if m.Options.ClientID() == nil {
						t.Errorf("no name in %s", m.Summary())
					}
					r := reply(time.Hour, status)
					r.MessageType = answer
					return r, nil
				}}
			got, err := test.ask(c)
			if err != nil || got.Address.IsValid() != test.address {
				t.Errorf("%+v, %v", got, err)
			}
			if text := strings.Join(asked, " "); text != test.want {
				t.Errorf("asked %s, want %s", text, test.want)
			}
			status = iana.StatusNotOnLink
			if _, err := test.ask(c); errors.Is(err, dhcp.ErrRefused) != test.address {
				t.Errorf("after a refusal: %v", err)
			}
			c.Exchange = func(context.Context, *dhcpv6.Message, dhcpv6.MessageType) (*dhcpv6.Message, error) {
				return nil, errors.New("no answer")
			}
			if _, err := test.ask(c); err == nil || errors.Is(err, dhcp.ErrRefused) {
				t.Errorf("after silence: %v", err)
			}
		})
	}
}

// FuzzRead: a lease makes sense, whatever the server sends.
func FuzzRead(f *testing.F) {
	f.Add(reply(time.Hour, iana.StatusSuccess, everyOption()...).ToBytes())
	f.Add(reply(time.Hour, iana.StatusSuccess, dhcpv6.OptInformationRefreshTime((1<<32-1)*time.Second)).ToBytes())
	f.Fuzz(func(t *testing.T, packet []byte) {
		m, err := dhcpv6.MessageFromBytes(packet)
		if err != nil {
			return
		}
		if others := readOthers(m).Times(); others.Renew < shortestRefresh || others.Expire <= others.Rebind {
			t.Errorf("%+v", others)
		}
		l, err := read(m)
		if err != nil {
			return
		}
		times := l.Times()
		if !l.Address.IsValid() || times.Expire < shortestDuration || times.Renew < 0 || times.Renew > times.Rebind || times.Rebind >= times.Expire {
			t.Errorf("%+v", l)
		}
	})
}
