//go:build unix

package fetch

import (
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock on f, which closing f gives back (flock(2): it belongs
// to the open file, so goroutines exclude each other too).
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == unix.EWOULDBLOCK || err == unix.EINTR {
		return false, nil
	}
	return err == nil, os.NewSyscallError("flock", err)
}
