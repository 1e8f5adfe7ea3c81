//go:build unix

package lockfile

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// beingRemoved tells whether a file that is being removed refuses to be opened.
const beingRemoved = false

// open opens a file without waiting for the writer of a FIFO.
func open(path string, flag int, mode os.FileMode) (*os.File, error) {
	return os.OpenFile(path, flag|syscall.O_NONBLOCK, mode)
}

// tryLock takes the lock on file, which closing it gives back (flock(2): it
// belongs to the open file, so goroutines exclude each other too).
func tryLock(file *os.File) (bool, error) {
	err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == unix.EWOULDBLOCK || err == unix.EINTR {
		return false, nil
	}
	return err == nil, os.NewSyscallError("flock", err)
}
