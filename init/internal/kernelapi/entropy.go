//go:build linux

package kernelapi

import (
	"os"
	"runtime"
	"unsafe"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// Entropy is what is asked of the kernel's random number generator.
type Entropy struct {
	// Ready reports whether getrandom(2) would give numbers at once.
	Ready func() bool
	// Wait waits until it does. A process that waits is what makes the kernel
	// gather the jitter of its own timer if it has nothing better.
	Wait func() error
	// Fill gives numbers at once. They are no secrets while Ready is false.
	Fill func(b []byte) error
	// Credit gives the kernel a seed that counts in full.
	Credit func(seed [SeedBytes]byte) error
}

// SeedBytes is how much is credited: as much as the kernel's pool can hold
// (drivers/char/random.c, POOL_BITS is 256).
const SeedBytes = 32

// poolInfo is struct rand_pool_info (linux/random.h) with room for a seed. Its
// numbers are C's int, of 32 bits, whatever the machine's word is.
type poolInfo struct {
	entropyCount int32 // in bits
	bufSize      int32 // in bytes
	buf          [SeedBytes]byte
}

// entropyReady reports whether getrandom(2) would give numbers at once.
func entropyReady() bool {
	_, err := unix.Getrandom(make([]byte, 1), unix.GRND_NONBLOCK)
	return !errors.Is(err, unix.EAGAIN)
}

// waitEntropy waits until it does. Somebody who waits is what makes the kernel gather
// the jitter of its own timer, if it has nothing better (Linux 5.4,
// drivers/char/random.c, try_to_generate_entropy). The kernel is busy with that
// for 256 ticks of its clock, so it is done in time that nobody else wants.
func waitEntropy() error {
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), leastPriority)
		failed <- getrandom()
	}()
	return <-failed
}

// leastPriority is that of setpriority(2).
const leastPriority = 19

// getrandom makes the system call by itself: unix.Getrandom asks the kernel's vDSO, where
// there is one, and holds up all of Go until that answers.
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

// fillRandom gives random numbers at once: getrandom(2), GRND_INSECURE. A kernel
// before Linux 5.6 does not know that, and may make us wait.
func fillRandom(b []byte) error {
	_, err := unix.Getrandom(b, unix.GRND_INSECURE)
	if errors.Is(err, unix.EINVAL) {
		_, err = unix.Getrandom(b, 0)
	}
	return errors.Wrap(err, "asking for random numbers")
}

// creditEntropy gives the kernel a seed that counts in full (random(4),
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
