//go:build linux

// Package kernelapi holds every call that the init makes to Linux, as one struct of
// functions. Tests replace the kernel here (see kernelfake). System calls and the
// kernel's files belong here; decisions do not.
package kernelapi

import (
	"os"
	"syscall"
	"time"

	"github.com/pkg/errors"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Kernel is the kernel that the init runs on.
type Kernel struct {
	Root string // the folder that holds all paths: "/", except in tests

	// File systems, modules and devices.
	Mount      func(source, target, fstype string, flags uintptr, data string) error
	Unmount    func(target string, flags int) error
	Statfs     func(path string, fs *unix.Statfs_t) error
	Chown      func(path string, uid, gid int) error
	LoadModule func(path string) error
	// WatchDevices returns a channel with the alias of each device that appears.
	WatchDevices func() (<-chan string, error)

	// Processes.
	Fork     func(argv0 string, argv []string, attr *syscall.ProcAttr) (pid int, err error)
	Wait     func(pid int, status *syscall.WaitStatus, options int, usage *syscall.Rusage) (int, error)
	Pidfds   func() map[int]bool // the processes for which this one has a pidfd
	Zombies  func() []int        // children that have ended but were not waited for
	Kill     func(pid int, signal syscall.Signal) error
	SetLimit func(resource int, limit *unix.Rlimit) error

	// The network.
	Links          Links
	WatchLinks     func() (<-chan netlink.LinkUpdate, error)
	WatchAddresses func() (<-chan netlink.AddrUpdate, error)
	Carrier        func(name string) (bool, error)

	// Time and random numbers.
	Uptime  func() time.Duration // since the kernel started
	After   func(time.Duration) <-chan time.Time
	Clock   Clock
	Entropy Entropy

	// The machine as a whole.
	SetHostname func(name []byte) error
	ACPIEvents  func() (<-chan string, error)
	Watchdog    func(path string, seconds int) (Watchdog, error)
	Sync        func()
	Reboot      func(command int) error
	Park        func() // waits forever
	Release     func() string
	Version     func() string
}

// Linux returns the kernel that runs this process.
func Linux() *Kernel {
	return &Kernel{
		Root: "/",

		Mount:      unix.Mount,
		Unmount:    unix.Unmount,
		Statfs:     unix.Statfs,
		Chown:      os.Chown,
		LoadModule: loadModule,

		WatchDevices: watchDevices,

		Fork:     syscall.ForkExec,
		Wait:     syscall.Wait4,
		Pidfds:   func() map[int]bool { return pidfds("/proc/self/fdinfo") },
		Zombies:  func() []int { return zombies("/proc", os.Getpid()) },
		Kill:     syscall.Kill,
		SetLimit: unix.Setrlimit,

		Links:          &netlink.Handle{},
		WatchLinks:     watchLinks,
		WatchAddresses: watchAddresses,
		Carrier:        carrier,

		Uptime:  uptime,
		After:   time.After,
		Clock:   Clock{time.Now, stepClock, slewClock, setHardwareClock},
		Entropy: Entropy{entropyReady, waitEntropy, fillRandom, creditEntropy},

		SetHostname: unix.Sethostname,
		ACPIEvents:  acpiEvents,
		Watchdog:    openWatchdog,
		Sync:        unix.Sync,
		Reboot:      unix.Reboot,
		Park:        func() { select {} },
		Release:     release,
		Version:     version,
	}
}

// loadModule loads a module, which is a plain ELF file, into the kernel:
// finit_module(2).
func loadModule(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return unix.FinitModule(int(file.Fd()), "", 0)
}

// uptime returns the time since the kernel started its clock: clock_gettime(2).
func uptime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// release returns the kernel's release, such as "6.1.0-56-amd64": uname(2).
func release() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "(unknown release)"
	}
	return unix.ByteSliceToString(u.Release[:])
}

// version returns the kernel's build description, such as "#1 SMP Debian 6.1.158-1
// (2025-11-09)": uname(2).
func version() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Version[:])
}

// Errno returns the system call's error in the chain of err, or 0 if there is none.
func Errno(err error) syscall.Errno {
	var number syscall.Errno
	errors.As(err, &number)
	return number
}
