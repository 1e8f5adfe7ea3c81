package program

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/lockfile"
)

const (
	// folderPrefix begins the names of the folders that programs are built in.
	folderPrefix = "scratchmachine-build-"
	// folderLock is the file in each that its build holds.
	folderLock = "scratchmachine.lock"
)

// makeFolder makes a folder for one build, and removes those of builds that were
// killed.
func makeFolder() (dir string, remove func(), err error) {
	removeAbandoned(os.TempDir())
	dir, err = os.MkdirTemp("", folderPrefix)
	if err != nil {
		return "", nil, errors.Wrap(err, "making a folder for the build")
	}
	lock, err := lockfile.Create(filepath.Join(dir, folderLock), 0o600)
	if err != nil {
		_ = os.RemoveAll(dir)
		return "", nil, errors.Wrap(err, "making a folder for the build")
	}
	return dir, func() {
		// While it is locked nobody else removes it. Windows wants it closed.
		if os.RemoveAll(dir) != nil {
			lock.Close()
			_ = os.RemoveAll(dir)
		}
		lock.Close()
	}, nil
}

// removeAbandoned removes the folders below tmp that have a lock which no process
// holds. Others' cannot be removed, and need not.
func removeAbandoned(tmp string) {
	dirs, err := filepath.Glob(filepath.Join(tmp, folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		if info, err := os.Lstat(dir); err != nil || info.Mode().Type() != fs.ModeDir {
			continue
		}
		if removed, err := lockfile.RemoveAbandoned(filepath.Join(dir, folderLock)); removed && err == nil {
			_ = os.RemoveAll(dir)
		}
	}
}
