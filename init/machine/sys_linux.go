package machine

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/dhcp4"
)

// system is what PID 1 asks of the kernel: the seam that tests replace.
type system struct {
	root           string // of all paths, "/" but in tests
	mount          func(source, target, fstype string, flags uintptr, data string) error
	unmount        func(target string, flags int) error
	chown          func(path string, uid, gid int) error
	loadModule     func(path string) error
	setHostname    func(name []byte) error
	setLimit       func(resource int, limit *unix.Rlimit) error
	links          links
	watchLinks     func() (<-chan netlink.LinkUpdate, error)
	watchAddresses func() (<-chan netlink.AddrUpdate, error)
	carrier        func(name string) (bool, error)
	exchange4      func(ctx context.Context, name string, q dhcp4.Question) (*dhcpv4.DHCPv4, error)
	exchange6      func(ctx context.Context, name string, m *dhcpv6.Message, answer dhcpv6.MessageType) (*dhcpv6.Message, error)
	hearRouters    func(name string, index int) (routers, error)
	announce       func(index int, hardware net.HardwareAddr, a netip.Addr) error
	acpiEvents     func() (<-chan string, error)
	watchdog       func(path string, seconds int) (watchdog, error)
	fork           func(argv0 string, argv []string, attr *syscall.ProcAttr) (pid int, err error)
	wait           func(pid int, status *syscall.WaitStatus, options int, usage *syscall.Rusage) (int, error)
	held           func() map[int]bool // processes that os/exec waits for
	zombies        func() []int        // children that have ended
	kill           func(pid int, signal syscall.Signal) error
	sync           func()
	reboot         func(command int) error
	uptime         func() time.Duration
	after          func(time.Duration) <-chan time.Time
	park           func() // waits for ever
	release        func() string
	clock          clockSystem
	entropy        entropySystem
}

func linux() system {
	return system{
		root:           "/",
		mount:          unix.Mount,
		unmount:        unix.Unmount,
		chown:          os.Chown,
		loadModule:     loadModule,
		setHostname:    unix.Sethostname,
		setLimit:       unix.Setrlimit,
		links:          &netlink.Handle{},
		watchLinks:     watchLinks,
		watchAddresses: watchAddresses,
		carrier:        carrier,
		exchange4:      exchange4(rawSocket),
		announce:       announce,
		exchange6:      exchange6,
		hearRouters:    hearRouters,
		acpiEvents:     acpiEvents,
		watchdog:       openWatchdog,
		fork:           syscall.ForkExec,
		wait:           syscall.Wait4,
		held:           func() map[int]bool { return held("/proc/self/fdinfo") },
		zombies:        func() []int { return zombies("/proc", os.Getpid()) },
		kill:           syscall.Kill,
		sync:           unix.Sync,
		reboot:         unix.Reboot,
		uptime:         uptime,
		after:          time.After,
		park:           func() { select {} },
		release:        release,
		clock:          linuxClock(),
		entropy:        linuxEntropy(),
	}
}

// loadModule gives the kernel a module, a plain ELF file: finit_module(2).
func loadModule(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return unix.FinitModule(int(file.Fd()), "", 0)
}

// uptime is the time since the kernel set its clock going: clock_gettime(2).
func uptime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// release is the kernel's release, as "6.1.0-56-amd64": uname(2).
func release() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "(unknown release)"
	}
	return unix.ByteSliceToString(u.Release[:])
}

// errno returns the system call's error that err is about, 0 if there is none.
func errno(err error) syscall.Errno {
	var number syscall.Errno
	errors.As(err, &number)
	return number
}
