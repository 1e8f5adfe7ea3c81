// Package atomicfile writes files that are there as a whole or not at all: each
// is written beside the one that it will be, then renamed.
package atomicfile

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/lockfile"
)

// File is a file being written. Sync brings what is written to the disk.
type File struct {
	*os.File
	target string
}

// mode is that of ordinary files; the umask takes its part.
const mode = 0o644

// Create opens a file that Commit puts at path, whose folder must be there. It
// fails as Resolve does. Files for the same path that a killed process has left
// are removed; those of living processes stay.
func Create(path string) (*File, error) {
	target, err := Resolve(path)
	if err != nil {
		return nil, err
	}
	removeAbandoned(target)
	for {
		part := partPrefix(target) + fmt.Sprint(rand.Uint32()) + partSuffix
		file, err := lockfile.Create(part, mode)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return nil, errors.Wrapf(input.Explain(err), "writing beside %s", target)
		}
		return &File{file, target}, nil
	}
}

// A file being written is called .NAME.NUMBER.part.
func partPrefix(target string) string {
	dir, name := filepath.Split(target)
	return dir + "." + name + "."
}

const partSuffix = ".part"

// removeAbandoned removes what killed processes have left of a target. Failing
// that, the files do no harm.
func removeAbandoned(target string) {
	entries, err := os.ReadDir(filepath.Dir(target))
	if err != nil {
		return
	}
	prefix := filepath.Base(partPrefix(target))
	for _, entry := range entries {
		number, ok := strings.CutPrefix(entry.Name(), prefix)
		number, is := strings.CutSuffix(number, partSuffix)
		if ok && is && number != "" && strings.Trim(number, "0123456789") == "" {
			_, _ = lockfile.RemoveAbandoned(filepath.Join(filepath.Dir(target), entry.Name()))
		}
	}
}

// Target is the path that Commit gives to the file: that of Create, or where
// the links there led.
func (f *File) Target() string { return f.target }

// Commit brings the file to the disk, and then to its place. After an error the
// file waits for Discard.
func (f *File) Commit() error {
	if err := f.Sync(); err != nil {
		return err
	}
	// Until it is renamed it is held, else others would take it for abandoned.
	if err := rename(f.Name(), f.target); err != nil {
		return err
	}
	syncFolder(filepath.Dir(f.target))
	return f.Close()
}

// patience is how long a file that another program has open is waited for. Another
// build, or what looks for viruses, lets go of it in less.
const patience = 2 * time.Second

// rename is os.Rename. Windows replaces no file that a program has open, so there it
// is tried again for a while.
func rename(from, to string) error {
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := os.Rename(from, to)
		if err == nil || runtime.GOOS != "windows" {
			return err
		}
		if time.Since(start) > patience {
			return errors.Wrap(err, "another program may have it open: close that")
		}
	}
}

// Discard removes the file, unless it is in its place.
func (f *File) Discard() {
	_ = os.Remove(f.Name()) // while it is held, else it might be another's
	_ = f.Close()
}

// syncFolder makes a rename last through a power cut. Not every system can, and
// the file's bytes are safe either way.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
