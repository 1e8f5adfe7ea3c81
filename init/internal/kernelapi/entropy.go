//go:build linux

package kernelapi

import (
	"os"
	"runtime"
	"unsafe"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// Entropy holds the calls to the kernel's random number generator.
type Entropy struct {
	// Ready reports whether getrandom(2) would return at once.
	Ready func() bool
	// Wait waits until getrandom(2) returns. If the kernel has no better source, it
	// gathers timer jitter, but only while a process waits.
	Wait func() error
	// Fill fills b with random numbers at once. They are not secret while Ready is
	// false.
	Fill func(b []byte) error
	// Credit adds a seed to the kernel's pool and credits all its bits.
	Credit func(seed [SeedBytes]byte) error
}

// SeedBytes is the size of a seed in bytes. It is what the kernel's pool can hold
// (drivers/char/random.c, POOL_BITS is 256).
const SeedBytes = 32

// poolInfo is struct rand_pool_info (linux/random.h) with room for a seed. Its numbers
// are C ints: 32 bits on every architecture.
type poolInfo struct {
	entropyCount int32 // in bits
	bufSize      int32 // in bytes
	buf          [SeedBytes]byte
}

// entropyReady reports whether getrandom(2) would return at once.
func entropyReady() bool {
	_, err := unix.Getrandom(make([]byte, 1), unix.GRND_NONBLOCK)
	return !errors.Is(err, unix.EAGAIN)
}

// waitEntropy waits until getrandom(2) returns. If the kernel has no better source, it
// gathers timer jitter while a process waits (Linux 5.4, drivers/char/random.c,
// try_to_generate_entropy). That keeps a processor busy for 256 ticks of the kernel's
// timer, so the waiting thread gets the lowest priority and uses only idle time.
func waitEntropy() error {
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), leastPriority)
		failed <- getrandom()
	}()
	return <-failed
}

// leastPriority is the lowest priority that setpriority(2) accepts.
const leastPriority = 19

// getrandom makes the system call directly. unix.Getrandom would call the kernel's vDSO
// where there is one, and block all of Go until it returns.
func getrandom() error {
	var b byte
	for {
		_, _, errno := unix.Syscall(unix.SYS_GETRANDOM, uintptr(unsafe.Pointer(&b)), 1, 0)
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errors.Wrap(errno, "waiting for random numbers")
		}
	}
}

// fillRandom fills b with random numbers at once: getrandom(2), GRND_INSECURE. Kernels
// before Linux 5.6 do not know this flag; with them the call may wait.
func fillRandom(b []byte) error {
	_, err := unix.Getrandom(b, unix.GRND_INSECURE)
	if errors.Is(err, unix.EINVAL) {
		_, err = unix.Getrandom(b, 0)
	}
	return errors.Wrap(err, "asking for random numbers")
}

// creditEntropy adds a seed to the kernel's pool and credits all its bits (random(4),
// RNDADDENTROPY).
func creditEntropy(seed [SeedBytes]byte) error {
	device, err := os.OpenFile("/dev/urandom", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer device.Close()
	info := poolInfo{entropyCount: 8 * SeedBytes, bufSize: SeedBytes, buf: seed}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, device.Fd(), unix.RNDADDENTROPY, uintptr(unsafe.Pointer(&info)))
	if errno != 0 {
		return errors.Wrap(errno, "crediting a seed")
	}
	return nil
}
