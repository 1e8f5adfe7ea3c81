//go:build linux

// Package kernelfake plays the kernel in tests. It records the calls, fails where the
// test says so, and keeps the machine's files in a temporary folder.
package kernelfake

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// Kernel plays the kernel. Only processes are real.
type Kernel struct {
	*kernelapi.Kernel
	Screen                      // the init's reports
	Failures   map[string]error // the errors of the calls that shall fail, by their text in Called
	Interfaces *Interfaces
	Rebooted   chan int    // the commands given to reboot(2)
	Devices    chan string // the aliases of devices that appear

	mu     sync.Mutex
	calls  []string
	uptime time.Duration
	wall   time.Time
}

// New returns a kernel with an empty root. Its clock shows the start of 2026. Its time
// stands still and no wait ends, until the test changes that.
func New(t testing.TB) *Kernel {
	t.Helper()
	k := &Kernel{
		Failures: map[string]error{}, Interfaces: newInterfaces(), Rebooted: make(chan int, 8), Devices: make(chan string),
		wall: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	linux := kernelapi.Linux()
	never := make(chan time.Time)
	k.Kernel = &kernelapi.Kernel{
		Root:       t.TempDir(),
		Mount:      k.mount,
		Unmount:    func(target string, _ int) error { return k.Call("unmount " + filepath.Base(target)) },
		Statfs:     func(string, *unix.Statfs_t) error { return nil }, // no known type of file system
		Chown:      k.chown,
		LoadModule: func(path string) error { return k.Call("load " + filepath.Base(path)) },

		WatchDevices: func() (<-chan string, error) { return k.Devices, k.Failures["watch devices"] },

		Fork:     syscall.ForkExec,
		Wait:     syscall.Wait4,
		Pidfds:   linux.Pidfds,
		Zombies:  linux.Zombies,
		Kill:     k.kill,
		SetLimit: func(int, *unix.Rlimit) error { return nil },

		Links:          k.Interfaces,
		WatchLinks:     func() (<-chan netlink.LinkUpdate, error) { return k.Interfaces.Updates, nil },
		WatchAddresses: func() (<-chan netlink.AddrUpdate, error) { return k.Interfaces.addresses, nil },
		Carrier:        func(string) (bool, error) { return true, nil },

		Uptime: k.Now,
		After:  func(time.Duration) <-chan time.Time { return never },
		Clock: kernelapi.Clock{
			Now: k.Wall, Step: k.step,
			Slew:        func(offset, _, poll time.Duration) error { return k.Call(fmt.Sprintf("slew %s for %s", offset, poll)) },
			SetHardware: func(t time.Time) error { return k.Call("hardware clock " + t.UTC().Format(time.RFC3339)) },
		},
		Entropy: kernelapi.Entropy{Ready: func() bool { return true }, Fill: func([]byte) error { return nil }},

		SetHostname: func(name []byte) error { return k.Call("hostname " + string(name)) },
		ACPIEvents:  func() (<-chan string, error) { return nil, nil },
		Sync:        func() { _ = k.Call("sync") },
		Reboot:      func(command int) error { k.Rebooted <- command; return k.Call("reboot") },
		Park:        func() {},
		Release:     func() string { return "6.1.0-test" },
		Version:     func() string { return "#1 SMP Debian 6.1.158-1 (2025-11-09)" },
	}
	return k
}

func (k *Kernel) mount(source, target, fstype string, flags uintptr, options string) error {
	if flags&unix.MS_BIND != 0 {
		return k.Call("bind " + filepath.Base(source) + " " + filepath.Base(target))
	}
	owner := ""
	if i := strings.Index(options, ",uid="); i >= 0 {
		owner = options[i:]
	}
	return k.Call("mount " + fstype + " " + filepath.Base(target) + owner)
}

func (k *Kernel) chown(path string, uid, gid int) error {
	return k.Call(fmt.Sprintf("chown %s %d %d", filepath.Base(path), uid, gid))
}

func (k *Kernel) kill(pid int, signal syscall.Signal) error {
	if pid == -1 { // all processes: never on the developer's machine
		return k.Call("kill everything")
	}
	return syscall.Kill(pid, signal)
}

// Call records a call, and returns the result that the test has set for it.
func (k *Kernel) Call(what string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls = append(k.calls, what)
	return k.Failures[what]
}

// Called returns the recorded calls, in order.
func (k *Kernel) Called() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Join(k.calls, ", ")
}

// WriteFile writes a file below the machine's root.
func (k *Kernel) WriteFile(t testing.TB, path, content string) {
	t.Helper()
	path = k.Path(path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Content returns the content of a file below the machine's root.
func (k *Kernel) Content(t testing.TB, path string) string {
	t.Helper()
	content, err := k.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
