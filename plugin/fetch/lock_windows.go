package fetch

import (
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes the lock on f, which closing f gives back (LockFileEx: it
// belongs to the handle, so goroutines exclude each other too).
func tryLock(f *os.File) (bool, error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{})
	if err == windows.ERROR_LOCK_VIOLATION {
		return false, nil
	}
	return err == nil, os.NewSyscallError("LockFileEx", err)
}
