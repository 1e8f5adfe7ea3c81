package machine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// fake is a machine whose kernel a test plays.
type fake struct {
	*pid1
	mu       sync.Mutex
	calls    []string // in order, of those that tests look at
	failures map[string]error
	screen   *screen
	clock    time.Duration
	appeared chan struct{}
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
		appeared: make(chan struct{}, 8), nic: &fakeLinks{names: []string{"lo", "eth0"}},
		ended: make(chan int, 8),
	}
	never := make(chan time.Time)
	f.pid1 = newPID1(system{
		root: t.TempDir(),
		mount: func(_, target, fstype string, _ uintptr, _ string) error {
			return f.call("mount " + fstype + " " + filepath.Base(target))
		},
		loadModule: func(path string) error {
			return f.call("load " + filepath.Base(path))
		},
		setHostname: func(name []byte) error { return f.call("hostname " + string(name)) },
		setLimit:    func(int, *unix.Rlimit) error { return nil },
		links:       f.nic,
		watchLinks:  func() (<-chan struct{}, func(), error) { return f.appeared, func() {}, nil },
		carrier:     func(string) (bool, error) { return true, nil },
		acpiEvents:  func() (<-chan string, error) { return nil, nil },
		fork:        syscall.ForkExec,
		wait:        syscall.Wait4,
		kill: func(pid int, signal syscall.Signal) error {
			if pid == -1 { // everything: not on the developer's machine
				return f.call("kill everything")
			}
			return syscall.Kill(pid, signal)
		},
		sync:    func() { _ = f.call("sync") },
		reboot:  func(command int) error { f.ended <- command; return f.call("reboot") },
		uptime:  func() time.Duration { return f.clock },
		after:   func(time.Duration) <-chan time.Time { return never },
		park:    func() {},
		release: func() string { return "6.1.0-test" },
	}, settings{})
	f.console.add(f.screen)
	return f
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

// fakeLinks are the interfaces.
type fakeLinks struct {
	mu    sync.Mutex
	names []string
	calls []string
	fails string // the call that fails
}

func (l *fakeLinks) LinkByName(name string) (netlink.Link, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, n := range l.names {
		if n == name {
			return &netlink.Dummy{LinkAttrs: netlink.LinkAttrs{Name: name, Index: i + 1}}, nil
		}
	}
	return nil, errors.New("no such link")
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
	return l.note("address " + link.Attrs().Name + " " + a.IPNet.String())
}

func (l *fakeLinks) AddrDel(link netlink.Link, a *netlink.Addr) error {
	return l.note("remove " + link.Attrs().Name + " " + a.IPNet.String())
}

func (l *fakeLinks) LinkSetMTU(link netlink.Link, mtu int) error {
	return l.note(fmt.Sprintf("mtu %s %d", link.Attrs().Name, mtu))
}

func (l *fakeLinks) RouteReplace(r *netlink.Route) error { return l.note("route " + r.Gw.String()) }

func (l *fakeLinks) done() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.calls, ", ")
}
