package machine

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/dhcp4"
)

// fake is a machine whose kernel a test plays.
type fake struct {
	*pid1
	mu       sync.Mutex
	calls    []string // in order, of those that tests look at
	failures map[string]error
	screen   *screen
	clock    time.Duration
	links    chan netlink.LinkUpdate
	wall     time.Time // what the clock says
	nic      *fakeLinks
	ended    chan int // what reboot(2) was asked for
}

// screen is a console that remembers.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{
		failures: map[string]error{}, screen: &screen{},
		links: make(chan netlink.LinkUpdate, 8), nic: &fakeLinks{addresses: make(chan netlink.AddrUpdate, 8)},
		ended: make(chan int, 8), wall: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	never := make(chan time.Time)
	f.pid1 = newPID1(system{
		root: t.TempDir(),
		mount: func(_, target, fstype string, _ uintptr, options string) error {
			owner := ""
			if i := strings.Index(options, ",uid="); i >= 0 {
				owner = options[i:]
			}
			return f.call("mount " + fstype + " " + filepath.Base(target) + owner)
		},
		unmount: func(target string, _ int) error { return f.call("unmount " + filepath.Base(target)) },
		chown: func(path string, uid, gid int) error {
			return f.call(fmt.Sprintf("chown %s %d %d", filepath.Base(path), uid, gid))
		},
		loadModule: func(path string) error {
			return f.call("load " + filepath.Base(path))
		},
		setHostname:    func(name []byte) error { return f.call("hostname " + string(name)) },
		setLimit:       func(int, *unix.Rlimit) error { return nil },
		links:          f.nic,
		watchLinks:     func() (<-chan netlink.LinkUpdate, error) { return f.links, nil },
		watchAddresses: func() (<-chan netlink.AddrUpdate, error) { return f.nic.addresses, nil },
		exchange4: func(context.Context, string, dhcp4.Question) (*dhcpv4.DHCPv4, error) {
			return nil, errors.New("no answer")
		},
		announce: func(index int, _ net.HardwareAddr, a netip.Addr) error {
			return f.nic.note(fmt.Sprintf("announce %d %s", index, a))
		},
		carrier:    func(string) (bool, error) { return true, nil },
		acpiEvents: func() (<-chan string, error) { return nil, nil },
		fork:       syscall.ForkExec,
		wait:       syscall.Wait4,
		held:       linux().held,
		zombies:    linux().zombies,
		kill: func(pid int, signal syscall.Signal) error {
			if pid == -1 { // everything: not on the developer's machine
				return f.call("kill everything")
			}
			return syscall.Kill(pid, signal)
		},
		sync:    func() { _ = f.call("sync") },
		reboot:  func(command int) error { f.ended <- command; return f.call("reboot") },
		uptime:  f.now,
		after:   func(time.Duration) <-chan time.Time { return never },
		park:    func() {},
		release: func() string { return "6.1.0-test" },
		clock:   f.fakeClock(),
	}, settings{})
	f.console.add(f.screen)
	return f
}

func (f *fake) now() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clock
}

func (f *fake) setClock(now time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = now
}

// call notes a system call and gives the result that the test wants for it.
func (f *fake) call(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, what)
	return f.failures[what]
}

func (f *fake) called() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.calls, ", ")
}

// shown is what is on the console by now.
func (f *fake) shown() string {
	f.console.flush(5 * time.Second)
	f.screen.mu.Lock()
	defer f.screen.mu.Unlock()
	return f.screen.text.String()
}

func (f *fake) wantShown(t *testing.T, want ...string) {
	t.Helper()
	text := f.shown()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("the console does not show %q but:\n%s", w, text)
		}
	}
}

// write puts a file into the machine's root.
func (f *fake) write(t *testing.T, path, content string) {
	t.Helper()
	path = filepath.Join(f.sys.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f *fake) read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(f.sys.root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// appear has the kernel say that there is an interface, or how it is now.
func (f *fake) appear(index int, name string, carrier bool) {
	u := netlink.LinkUpdate{Link: &netlink.Device{LinkAttrs: netlink.LinkAttrs{
		Index: index, Name: name, EncapType: "ether", HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, byte(index)},
	}}}
	u.Header.Type = unix.RTM_NEWLINK
	if carrier {
		u.IfInfomsg.Flags = unix.IFF_LOWER_UP
	}
	f.links <- u
}

// fakeLinks are the interfaces. What becomes of them is noted, and each address
// announced as the kernel does it.
type fakeLinks struct {
	mu        sync.Mutex
	calls     []string
	fails     string // the call that fails
	addresses chan netlink.AddrUpdate
}

func (l *fakeLinks) LinkByName(name string) (netlink.Link, error) {
	return &netlink.Device{LinkAttrs: netlink.LinkAttrs{Name: name, Index: 1}}, nil
}

func (l *fakeLinks) note(call string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, call)
	if call == l.fails {
		return unix.EPERM
	}
	return nil
}

func (l *fakeLinks) LinkSetUp(link netlink.Link) error { return l.note("up " + link.Attrs().Name) }

func (l *fakeLinks) AddrReplace(link netlink.Link, a *netlink.Addr) error {
	err := l.note("address " + link.Attrs().Name + " " + a.IPNet.String())
	if err == nil {
		l.addresses <- netlink.AddrUpdate{LinkAddress: *a.IPNet, LinkIndex: link.Attrs().Index, NewAddr: true}
	}
	return err
}

func (l *fakeLinks) AddrDel(link netlink.Link, a *netlink.Addr) error {
	l.addresses <- netlink.AddrUpdate{LinkAddress: *a.IPNet, LinkIndex: link.Attrs().Index}
	return l.note("remove " + link.Attrs().Name + " " + a.IPNet.String())
}

func (l *fakeLinks) LinkSetMTU(link netlink.Link, mtu int) error {
	return l.note(fmt.Sprintf("mtu %s %d", link.Attrs().Name, mtu))
}

func (l *fakeLinks) RouteReplace(r *netlink.Route) error {
	return l.note(fmt.Sprintf("route %s via %s metric %d", r.Dst, r.Gw, r.Priority))
}

func (l *fakeLinks) RouteDel(r *netlink.Route) error {
	return l.note(fmt.Sprintf("no route %s via %s", r.Dst, r.Gw))
}

func (l *fakeLinks) done() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.calls, ", ")
}

// waitDone waits until the last of what is done is as wanted.
func (f *fake) waitDone(t *testing.T, last string) {
	t.Helper()
	for range 1000 {
		if strings.HasSuffix(f.nic.done(), last) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%q is not the last of: %s", last, f.nic.done())
}
