//go:build linux

package network

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/mounts"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp4"
)

// machine is a network on a kernel that the test plays.
type machine struct {
	*kernelfake.Kernel
	*Network
	offered atomic.Pointer[[]netip.Addr] // time servers
}

func (m *machine) Printf(format string, args ...any) { m.Kernel.Printf(format, args...) }
func (m *machine) Report(what string, err error)     { m.Kernel.Report(what, err) }

// newMachine returns a machine with a single interface, eth0, whose index is 2.
func newMachine(t *testing.T, entries ...config.Interface) *machine {
	t.Helper()
	m := &machine{Kernel: kernelfake.New(t)}
	m.offered.Store(&[]netip.Addr{})
	m.Network = New(m.Kernel.Kernel, m.Kernel, config.Network{Interfaces: entries}, "web", func(string) func() { return func() {} },
		func(servers []netip.Addr) { m.offered.Store(&servers) },
		func(path, content string) error { return mounts.WriteFile(m.Kernel.Kernel, path, content) })
	m.wire.exchange4 = func(context.Context, string, dhcp4.Question) (*dhcpv4.DHCPv4, error) {
		return nil, errors.New("no answer")
	}
	m.wire.announce = func(index int, _ net.HardwareAddr, a netip.Addr) error {
		return m.Interfaces.Note(fmt.Sprintf("announce %d %s", index, a))
	}
	m.WriteFile(t, "etc/x", "")
	m.SetDriver(t, "eth0", "virtio_net")
	return m
}

func TestNetworkStatic(t *testing.T) {
	tests := []struct {
		name  string
		entry config.Interface
		done  string
		said  string
	}{
		{
			"IPv4", config.Interface{Addresses: []string{"10.0.2.15/24"}, Routes: []config.Route{{Via: "10.0.2.2"}}, MTU: 1400},
			"up lo, mtu eth0 1400, up eth0, address eth0 10.0.2.15/24, announce 2 10.0.2.15, route 0.0.0.0/0 via 10.0.2.2 metric 102",
			"network: eth0 has 10.0.2.15/24",
		},
		{
			"IPv6", config.Interface{Addresses: []string{"2001:db8::5/64"}, Routes: []config.Route{{Via: "fe80::1"}, {To: "2001:db8:1::/48"}}},
			"up lo, up eth0, address eth0 2001:db8::5/64, route ::/0 via fe80::1 metric 102, route 2001:db8:1::/48 via <nil> metric 102",
			"network: eth0 has 2001:db8::5/64",
		},
		{"bad address", config.Interface{Addresses: []string{"10.0.2.15", "10.0.2.16/24"}}, "up lo, up eth0, address eth0 10.0.2.16/24, announce 2 10.0.2.16",
			"giving eth0 the address 10.0.2.15: netip.ParsePrefix"},
		{"bad gateway", config.Interface{Routes: []config.Route{{Via: "here"}, {}}}, "up lo, up eth0", `a route needs "to", "via" or both`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newMachine(t, test.entry)
			if err := f.Start(); err != nil {
				t.Fatal(err)
			}
			f.Interfaces.Appear(1, "lo0", true) // no device: not hardware
			f.Interfaces.Appear(2, "eth0", false)
			f.Interfaces.WaitDone(t, test.done)
			f.WantShown(t, test.said)
		})
	}
}

// TestNetworkRefused: calls that the kernel refuses to PID 1 are reported.
func TestNetworkRefused(t *testing.T) {
	f := newMachine(t, config.Interface{DHCP: true})
	f.Interfaces.Fails = "up eth0"
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	f.Interfaces.Appear(2, "eth0", true)
	f.Interfaces.WaitDone(t, "up eth0")
	for !strings.Contains(f.Shown(), "network: bringing up eth0: operation not permitted") {
		time.Sleep(time.Millisecond)
	}
}

// dhcpServer answers the machine's questions until silent returns true.
type dhcpServer struct {
	t      *testing.T
	asked  chan string
	silent func() bool
}

func (s dhcpServer) exchange(ctx context.Context, _ string, q dhcp4.Question) (*dhcpv4.DHCPv4, error) {
	if s.silent() {
		return nil, errors.New("no answer")
	}
	kind := dhcpv4.MessageTypeAck
	if q.Message.MessageType() == dhcpv4.MessageTypeDiscover {
		kind = dhcpv4.MessageTypeOffer
	}
	s.asked <- q.Message.MessageType().String()
	answer, err := dhcpv4.NewReplyFromRequest(q.Message, dhcpv4.WithMessageType(kind), dhcpv4.WithYourIP(net.IPv4(192, 168, 76, 9)),
		dhcpv4.WithServerIP(net.IPv4(192, 168, 76, 2)), dhcpv4.WithOption(dhcpv4.OptServerIdentifier(net.IPv4(192, 168, 76, 2))), dhcpv4.WithNetmask(net.CIDRMask(24, 32)), dhcpv4.WithLeaseTime(120),
		dhcpv4.WithOption(dhcpv4.OptRouter(net.IPv4(192, 168, 76, 2))), dhcpv4.WithOption(dhcpv4.OptDNS(net.IPv4(192, 168, 76, 3))),
		dhcpv4.WithOption(dhcpv4.OptNTPServers(net.IPv4(192, 168, 76, 4))),
		dhcpv4.WithOption(dhcpv4.OptDomainName("example.com")), dhcpv4.WithGeneric(dhcpv4.OptionInterfaceMTU, []byte{5, 120}))
	if err == nil && !q.Accept(answer) {
		s.t.Errorf("a %s is not accepted", kind)
	}
	return answer, err
}

// TestNetworkDHCP: the machine applies a whole lease, asks for it again after the link
// was away, and removes all traces of it when it expires.
func TestNetworkDHCP(t *testing.T) {
	f := newMachine(t, config.Interface{Name: "eth1"}, config.Interface{DHCP: true})
	over := make(chan struct{})
	server := dhcpServer{t, make(chan string, 8), func() bool {
		select {
		case <-over:
			return true
		default:
			return false
		}
	}}
	var clock atomic.Int64
	f.Uptime = func() time.Duration { return time.Duration(clock.Load()) }
	f.wire.exchange4 = server.exchange
	f.After = func(d time.Duration) <-chan time.Time {
		select {
		case <-over:
			return time.After(time.Millisecond)
		default:
			return nil
		}
	}
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	f.Interfaces.Appear(2, "eth0", true)
	if err := f.AwaitAddress(); err != nil {
		t.Fatal(err)
	}
	f.Interfaces.WaitDone(t, "up lo, up eth0, mtu eth0 1400, address eth0 192.168.76.9/24, route 0.0.0.0/0 via 192.168.76.2 metric 102, announce 2 192.168.76.9")
	f.WantShown(t, "machine: dhcp: eth0 has 192.168.76.9/24 for 2m0s, gateway 192.168.76.2, DNS 192.168.76.3")
	if got := f.Content(t, "etc/resolv.conf"); got != "nameserver 192.168.76.3\nsearch example.com\n" {
		t.Errorf("resolv.conf: %q", got)
	}
	if got := f.Content(t, "etc/hosts"); !strings.HasSuffix(got, "\n192.168.76.9 web\n") {
		t.Errorf("hosts: %q", got)
	}
	if got := *f.offered.Load(); len(got) != 1 || got[0].String() != "192.168.76.4" {
		t.Errorf("time servers: %s", got)
	}
	leases := f.Leases()
	if len(leases) != 1 || leases[0].Interface != "eth0" || leases[0].Address.String() != "192.168.76.9/24" || leases[0].Server != "192.168.76.2" ||
		leases[0].Renew != time.Minute || leases[0].Expire != 2*time.Minute {
		t.Errorf("leases: %+v", leases)
	}
	if got := (<-server.asked) + " " + (<-server.asked); got != "DISCOVER REQUEST" {
		t.Errorf("asked %s", got)
	}

	f.Interfaces.Appear(2, "eth0", false)
	f.Interfaces.Appear(2, "eth0", true)
	if got := <-server.asked; got != "REQUEST" {
		t.Errorf("after the link's return: %s", got)
	}
	f.WantShown(t, "the link of eth0 is gone", "the link of eth0 is back")

	close(over) // the server falls silent, and time passes
	clock.Store(int64(time.Hour))
	f.Interfaces.Appear(2, "eth0", false)
	f.Interfaces.Appear(2, "eth0", true)
	f.Interfaces.WaitDone(t, "remove eth0 192.168.76.9/24")
	for f.Content(t, "etc/resolv.conf") != "" || strings.Contains(f.Content(t, "etc/hosts"), "192.168") || f.leases.all() != nil {
		time.Sleep(time.Millisecond)
	}
}

// TestAwaitAddress: the program's start waits no longer than configured, and says for
// what.
func TestAwaitAddress(t *testing.T) {
	tests := []struct {
		name, wait string
		entries    []config.Interface
		appears    bool
		folder     string
		waits      time.Duration
		failure    string
	}{
		{"nothing to wait for", "", []config.Interface{{}}, true, "", 0, ""},
		{"not at all", "0s", []config.Interface{{DHCP: true}}, true, "", 0, ""},
		{"nobody answers", "", []config.Interface{{DHCP: true}}, true, "", config.DefaultWait, "there is no address after 5s"},
		{"no card", "2s", []config.Interface{{DHCP: true}}, false, "", 0, "no network card matches the configuration"},
		{"another card", "", []config.Interface{{Driver: "e1000", DHCP: true}}, true, "", 0, "no network card matches the configuration"},
		{"the card is for something else", "", []config.Interface{{Name: "eth0"}, {DHCP: true}}, true, "", 0, "no network card matches the configuration"},
		{"no card, and no USB device", "", []config.Interface{{DHCP: true}}, false, "sys/bus/usb/devices", 0, "no network card matches the configuration"},
		{"a card may yet come by USB", "", []config.Interface{{DHCP: true}}, false, "sys/bus/usb/devices/usb1", config.DefaultWait, "there is no address after 5s"},
		{"a card may yet come by Hyper-V", "", []config.Interface{{DHCP: true}}, false, "sys/bus/vmbus/devices/x", config.DefaultWait, "there is no address after 5s"},
		{"bad", "soon", []config.Interface{{DHCP: true}}, true, "", config.DefaultWait, "there is no address after 5s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newMachine(t, test.entries...)
			f.config.Wait = test.wait
			var waited time.Duration
			f.After = func(d time.Duration) <-chan time.Time {
				waited = d
				return time.After(0)
			}
			if test.appears {
				f.Interfaces.Appear(2, "eth0", true)
			}
			if err := os.MkdirAll(f.Path(test.folder), 0o755); err != nil {
				t.Fatal(err)
			}
			err := f.AwaitAddress()
			if test.failure == "" && err != nil || test.failure != "" && (err == nil || !strings.Contains(err.Error(), test.failure)) {
				t.Errorf("failed with %v, want %q", err, test.failure)
			}
			if waited != test.waits {
				t.Errorf("waited %s, want %s", waited, test.waits)
			}
		})
	}
}

func TestMatching(t *testing.T) {
	f := newMachine(t,
		config.Interface{Name: "wan*", MTU: 1}, config.Interface{MAC: "02:00:00:00:00:0A", MTU: 2},
		config.Interface{Driver: "e1000", MTU: 3}, config.Interface{Name: "[", MTU: 4}, config.Interface{MTU: 5})
	f.SetDriver(t, "eth1", "e1000")
	tests := []struct {
		name  string
		index int
		mtu   int // of the matching entry, 0 if none matches
	}{
		{"wan0", 3, 1}, {"eth9", 10, 2}, {"eth1", 4, 3}, {"eth0", 2, 5}, {"veth0", 5, 0},
	}
	for _, test := range tests {
		f.Interfaces.Appear(test.index, test.name, true)
		entry, ok := f.matching((<-f.Interfaces.Updates).Link)
		if ok != (test.mtu != 0) || entry.MTU != test.mtu {
			t.Errorf("%s: %+v, %v", test.name, entry, ok)
		}
	}
}

func TestFiles(t *testing.T) {
	f := newMachine(t)
	f.config.DNS = []string{"10.0.2.3", "9.9.9.9"}
	f.Failures["hostname web"] = unix.EPERM
	f.WriteFiles()
	for path, want := range map[string]string{
		"etc/hostname":    "web\n",
		"etc/hosts":       "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 web\n",
		"etc/resolv.conf": "nameserver 10.0.2.3\nnameserver 9.9.9.9\n",
	} {
		if got := f.Content(t, path); got != want {
			t.Errorf("%s holds %q, want %q", path, got, want)
		}
	}
	f.WantShown(t, `machine: files: setting the host name "web": operation not permitted`)
}
