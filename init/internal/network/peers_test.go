//go:build linux

package network

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/dhcp4"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/tooltest"
)

// insideEnv is set in a process that runs in its own network namespace, to the test's
// name.
const insideEnv = "SCRATCHMACHINE_TEST_NAMESPACE"

// inNamespace runs the test again in a process with its own network namespace, and
// returns true there.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(insideEnv) == t.Name() {
		return true
	}
	for _, name := range []string{"ip", "nsenter", "dnsmasq", "radvd"} {
		tooltest.Need(t, name)
	}
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), insideEnv+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	return false
}

// peers is a machine on the real kernel and a real link. Servers run in another
// namespace, at the other end of the link. The test moves the clock.
type peers struct {
	*machine
	clock  handClock
	t      *testing.T
	router string // the namespace of the other end
}

// newPeers creates both ends of the link.
func newPeers(t *testing.T, entry config.Interface) *peers {
	t.Helper()
	p := &peers{machine: newMachine(t, entry), t: t}
	linux, k := kernelapi.Linux(), p.Kernel.Kernel
	k.Links, k.WatchLinks, k.WatchAddresses = linux.Links, linux.WatchLinks, linux.WatchAddresses
	k.Uptime, k.After = p.clock.Uptime, p.clock.After
	p.wire = realWire()
	if err := os.Symlink("/proc", p.Path("proc")); err != nil {
		t.Fatal(err)
	}

	other := exec.Command("sleep", "infinity")
	other.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	p.start(other)
	p.router = fmt.Sprintf("/proc/%d/ns/net", other.Process.Pid)
	p.run("ip", "link", "add", "eth0", "address", "02:00:00:00:00:02", "type", "veth", "peer", "name", "lan")
	p.run("ip", "link", "set", "lan", "netns", fmt.Sprint(other.Process.Pid))
	p.there("ip", "address", "add", "10.77.0.1/24", "dev", "lan")
	p.there("ip", "address", "add", "2001:db8:77::1/64", "dev", "lan", "nodad")
	p.there("ip", "link", "set", "lan", "up")
	return p
}

func (p *peers) run(name string, args ...string) string {
	p.t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s %s: %v: %s", name, args, err, out)
	}
	return string(out)
}

// there runs a command at the other end of the link.
func (p *peers) there(name string, args ...string) {
	p.t.Helper()
	p.run("nsenter", append([]string{"--net=" + p.router, name}, args...)...)
}

// unplug takes the link down and up again.
func (p *peers) unplug() {
	p.t.Helper()
	const gone = "the link of eth0 is gone"
	before := strings.Count(p.Shown(), gone)
	p.there("ip", "link", "set", "lan", "down")
	p.wait("word of the link", func() bool { return strings.Count(p.Shown(), gone) > before })
	p.there("ip", "link", "set", "lan", "up")
}

// connect starts the network and waits for the first address.
func (p *peers) connect() {
	p.t.Helper()
	if err := p.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.wait("an address", func() bool {
		select {
		case <-p.Online():
			return true
		default:
			return false
		}
	})
}

// removeNIC removes the interface, and checks that everything it brought goes with it.
func (p *peers) removeNIC() {
	p.t.Helper()
	p.run("ip", "link", "del", "eth0")
	p.waitResolv("")
	p.wait("bare hosts", func() bool { return strings.HasSuffix(p.Content(p.t, "etc/hosts"), "127.0.1.1 web\n") })
}

// start starts a program that ends with the test. stop ends it earlier.
func (p *peers) start(cmd *exec.Cmd) (stop func()) {
	p.t.Helper()
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	p.t.Cleanup(stop)
	return stop
}

// server is a program at the other end of the link, with its output.
type server struct {
	stop func()
	said *kernelfake.Screen
}

func (p *peers) server(name string, args ...string) server {
	p.t.Helper()
	cmd := exec.Command("nsenter", append([]string{"--net=" + p.router, name}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	said := &kernelfake.Screen{}
	cmd.Stdout, cmd.Stderr = said, said
	s := server{p.start(cmd), said}
	p.t.Cleanup(func() {
		if p.t.Failed() {
			p.t.Logf("%s:\n%s", name, said.Shown())
		}
	})
	return s
}

// count returns how often the server has printed a text.
func (s server) count(text string) int { return strings.Count(s.said.Shown(), text) }

// transactions returns in how many transactions dnsmasq has printed a text. It counts a
// question that the client repeats once: each line starts with the transaction's
// number.
func (s server) transactions(text string) int {
	seen := map[string]bool{}
	for _, found := range regexp.MustCompile(`: (\d+) `+regexp.QuoteMeta(text)).FindAllStringSubmatch(s.said.Shown(), -1) {
		seen[found[1]] = true
	}
	return len(seen)
}

// dnsmasq starts a DHCP server on the machine's link.
func (p *peers) dnsmasq(args ...string) server {
	p.t.Helper()
	return p.server("dnsmasq", append([]string{
		"--keep-in-foreground", "--log-facility=-", "--log-dhcp", "--conf-file=/dev/null", "--port=0", "--user=root",
		"--pid-file", "--interface=lan", "--dhcp-authoritative", "--no-ping", "--dhcp-leasefile=" + filepath.Join(p.t.TempDir(), "leases"),
	}, args...)...)
}

// patience allows for a host that is very busy.
const patience = 2 * time.Minute

// wait waits until a condition holds.
func (p *peers) wait(what string, so func() bool) { p.t.Helper(); p.passUntil(0, what, so) }

// passUntil moves the clock in steps until a condition holds.
func (p *peers) passUntil(step time.Duration, what string, so func() bool) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if so() {
			return
		}
		p.clock.pass(step)
	}
	p.t.Fatalf("waited for %s in vain; the console shows\n%s\n%s", what, p.Shown(), p.run("ip", "address"))
}

// waitFor waits until the output of ip(8) contains a text, or no longer contains it.
func (p *peers) waitFor(text string, holds bool, args ...string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("%q (%v) in ip %s", text, holds, args), func() bool {
		return strings.Contains(p.run("ip", args...), text) == holds
	})
}

// TestPeersDHCP checks dnsmasq's leases with ip(8) and the server's log.
func TestPeersDHCP(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	p := newPeers(t, config.Interface{Name: "eth0", DHCP: true})
	first := []string{
		"--dhcp-range=10.77.0.10,10.77.0.10,2m", "--dhcp-option=option:ntp-server,10.77.0.4", "--dhcp-option=option:mtu,1400",
		"--dhcp-option=option:dns-server,10.77.0.3", "--dhcp-option=option:domain-search,a.example,b.example",
		"--dhcp-option=option:classless-static-route,192.168.7.0/24,10.77.0.7,0.0.0.0/0,10.77.0.1",
	}
	d := p.dnsmasq(first...)
	p.connect()
	p.waitFor("inet 10.77.0.10/24", true, "address", "show", "eth0")
	p.waitFor("default via 10.77.0.1 dev eth0", true, "route")
	p.waitFor("192.168.7.0/24 via 10.77.0.7 dev eth0", true, "route")
	p.waitFor("mtu 1400", true, "link", "show", "eth0")
	if got := p.Content(t, "etc/resolv.conf"); got != "nameserver 10.77.0.3\nsearch a.example b.example\n" {
		t.Errorf("resolv.conf: %q", got)
	}
	if got := *p.offered.Load(); len(got) != 1 || got[0].String() != "10.77.0.4" {
		t.Errorf("time servers: %s", got)
	}

	discovers := d.transactions("DHCPDISCOVER(lan)") // more than one if dnsmasq was slow
	p.clock.pass(time.Minute)                        // half of the lease
	p.wait("a renewal", func() bool { return d.transactions("DHCPACK(lan)") == 2 })
	p.unplug()
	p.wait("INIT-REBOOT", func() bool { return d.transactions("DHCPACK(lan)") == 3 })
	if n := d.transactions("DHCPDISCOVER(lan)"); n != discovers {
		t.Errorf("%d DISCOVERs, want the first %d", n, discovers)
	}

	d.stop() // an outage: renewing fails, and the lease expires
	p.clock.pass(time.Minute)
	p.wait("a renewal in vain", func() bool { return strings.Contains(p.Shown(), "eth0: renewing the lease of 10.77.0.10") })
	p.clock.pass(time.Minute)
	p.waitFor("inet 10.77.0.10/24", false, "address", "show", "eth0")
	p.wait("an empty resolv.conf", func() bool { return p.Content(t, "etc/resolv.conf") == "" })
	d = p.dnsmasq(first...)
	p.passUntil(time.Second, "a new lease", func() bool { return d.count("DHCPACK(lan)") > 0 })
	p.waitFor("inet 10.77.0.10/24", true, "address", "show", "eth0")
	d.stop()

	// The same link now leads to another network, whose server refuses the lease.
	p.there("ip", "address", "flush", "dev", "lan", "scope", "global")
	p.there("ip", "address", "add", "10.78.0.1/24", "dev", "lan")
	d = p.dnsmasq("--dhcp-range=10.78.0.20,10.78.0.20,2m")
	p.unplug()
	p.waitFor("inet 10.78.0.20/24", true, "address", "show", "eth0")
	p.waitFor("10.77.", false, "address", "show", "eth0")
	if d.count("DHCPNAK(lan)") == 0 {
		t.Error("there was no NAK")
	}
	p.WantShown(t, "eth0 has lost the lease of 10.77.0.10: the server", "the server refuses it")
	p.removeNIC()
}

// TestPeersWithoutRawSockets: on a kernel without raw sockets, the lease comes over
// UDP.
func TestPeersWithoutRawSockets(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	p := newPeers(t, config.Interface{Name: "eth0", DHCP: true})
	p.wire.exchange4 = dhcp4.Exchange(func(string) (net.PacketConn, error) { return nil, unix.EAFNOSUPPORT })
	p.wire.announce = func(int, net.HardwareAddr, netip.Addr) error { return unix.EAFNOSUPPORT }
	d := p.dnsmasq("--dhcp-range=10.77.0.10,10.77.0.10,2m")
	p.connect()
	p.waitFor("inet 10.77.0.10/24", true, "address", "show", "eth0")
	p.waitFor("default via 10.77.0.1 dev eth0", true, "route")
	discovers := d.transactions("DHCPDISCOVER(lan)")
	p.clock.pass(time.Minute)
	p.wait("a renewal", func() bool { return d.transactions("DHCPACK(lan)") == 2 })
	p.unplug()
	p.wait("INIT-REBOOT", func() bool { return d.transactions("DHCPACK(lan)") == 3 })
	if n := d.transactions("DHCPDISCOVER(lan)"); n != discovers {
		t.Errorf("%d DISCOVERs, want the first %d", n, discovers)
	}
	if d.count("broadcast response") == 0 {
		t.Error("it did not ask for answers by broadcast")
	}
	p.removeNIC()
}

// radvd starts a router on the machine's link.
func (p *peers) radvd(config string) server {
	p.t.Helper()
	dir := p.t.TempDir()
	path := filepath.Join(dir, "radvd.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return p.server("radvd", "--nodaemon", "--logmethod=stderr", "--config="+path, "--pidfile="+filepath.Join(dir, "pid"))
}

const routerConfig = `interface lan {
	AdvSendAdvert on;
	AdvManagedFlag %s;
	AdvOtherConfigFlag on;
	MinRtrAdvInterval 3;
	MaxRtrAdvInterval 4;
	prefix 2001:db8:77::/64 { };
	RDNSS 2001:db8:77::53 fe80::53 { };
	DNSSL r.example { };
};
`

// TestPeersIPv6 checks what radvd advertises and what dnsmasq gives over DHCPv6.
func TestPeersIPv6(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	p := newPeers(t, config.Interface{Name: "eth0", IPv6: config.IPv6Auto})
	d := p.dnsmasq("--dhcp-range=2001:db8:77::100,2001:db8:77::100,64,2m", "--dhcp-option=option6:dns-server,[2001:db8:77::54]",
		"--dhcp-option=option6:sntp-server,[2001:db8:77::4]", "--dhcp-option=option6:domain-search,d.example")
	r := p.radvd(fmt.Sprintf(routerConfig, "on"))
	p.connect()
	p.waitFor("inet6 2001:db8:77::100/128", true, "address", "show", "eth0")
	p.waitFor("inet6 2001:db8:77::ff:fe00:2/64", true, "address", "show", "eth0")
	p.waitFor("default via fe80::", true, "-6", "route")
	p.waitResolv("nameserver 2001:db8:77::53\nnameserver fe80::53%eth0\nnameserver 2001:db8:77::54\nsearch r.example d.example\n")
	if got := *p.offered.Load(); len(got) != 1 || got[0].String() != "2001:db8:77::4" {
		t.Errorf("time servers: %s", got)
	}
	p.wait("the leased address in hosts", func() bool { return strings.Contains(p.Content(t, "etc/hosts"), "2001:db8:77::100 web\n") })
	if got := p.Content(t, "etc/hosts"); strings.Contains(got, "fe80") {
		t.Errorf("hosts: %q", got)
	}

	p.unplug() // the machine asks the routers again, and asks the server whether its lease holds
	p.wait("a rebinding", func() bool { return d.count("DHCPREBIND(lan)") > 0 })

	r.stop() // the router withdraws what it said
	p.waitResolv("nameserver 2001:db8:77::54\nsearch d.example\n")
	p.radvd(fmt.Sprintf(routerConfig, "off")) // another router, which gives addresses itself
	p.waitResolv("nameserver 2001:db8:77::53\nnameserver fe80::53%eth0\nnameserver 2001:db8:77::54\nsearch r.example d.example\n")
	p.removeNIC()
}

func (p *peers) waitResolv(want string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("%q in resolv.conf", want), func() bool { return p.Content(p.t, "etc/resolv.conf") == want })
}
