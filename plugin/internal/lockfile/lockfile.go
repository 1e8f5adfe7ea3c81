// Package lockfile holds files: a process that has locked one has it for itself,
// until it lets go or ends, in whatever way it does.
package lockfile

import (
	"context"
	"os"
	"time"

	"github.com/pkg/errors"
)

// interval is how long a lock is not asked for again that another has.
const interval = 50 * time.Millisecond

// Acquire makes this call the only one, of all goroutines and processes, that
// has the lock named by the file at path, which is made for it. It waits for
// others until ctx ends, and calls waiting, unless nil, before that. release
// removes the file; what a killed process leaves is used again.
func Acquire(ctx context.Context, path string, waiting func()) (release func(), err error) {
	for told := false; ; {
		file, held, err := take(path)
		if held {
			return func() { remove(file) }, nil
		}
		if err != nil {
			return nil, errors.Wrapf(err, "locking %s", path)
		}
		if !told && waiting != nil {
			waiting()
		}
		told = true
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(interval):
		}
	}
}

// take opens the file and tries to lock it.
func take(path string) (file *os.File, held bool, err error) {
	file, err = open(path, os.O_RDWR|os.O_CREATE, 0o644)
	if errors.Is(err, os.ErrPermission) && beingRemoved {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if held, err = tryLock(file); held && isAt(file, path) {
		return file, true, nil
	}
	file.Close()
	return nil, false, err
}

// Create makes a new file at path for reading and writing, as os.OpenFile does,
// and holds it until it is closed. It fails with os.ErrExist when something is
// there, or when RemoveAbandoned took the file before it was held. It can be
// renamed and removed while it is open, on Windows too.
func Create(path string, mode os.FileMode) (*os.File, error) {
	file, err := open(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, err
	}
	// Where locks are not known, as on some network file systems, nothing is
	// taken for abandoned either.
	held, err := tryLock(file)
	if (held || err != nil) && isAt(file, path) {
		return file, nil
	}
	file.Close()
	return nil, &os.PathError{Op: "create", Path: path, Err: os.ErrExist}
}

// RemoveAbandoned removes the file at path if it is one that no process holds, and
// tells whether it did.
func RemoveAbandoned(path string) (removed bool, err error) {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	file, err := open(path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	if held, err := tryLock(file); !held || !isAt(file, path) {
		file.Close()
		return false, err
	}
	err = remove(file)
	return err == nil, err
}

// remove removes a file while it is still held: later it might be another's.
func remove(file *os.File) error {
	err := os.Remove(file.Name())
	if e := file.Close(); err == nil {
		err = e
	}
	return err
}

// isAt tells whether the file has the path still.
func isAt(file *os.File, path string) bool {
	is, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(path)
	return err == nil && os.SameFile(is, there)
}
