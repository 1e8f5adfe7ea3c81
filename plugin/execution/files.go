package execution

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/atomicfile"
)

// files are those that a machine sends. It may send no other than it was asked for.
type files struct {
	allowed []string // files, and folders with files
	open    *atomicfile.File
}

// create begins a file. The one before is complete then.
func (f *files) create(name string) error {
	if err := f.commit(); err != nil {
		return err
	}
	if path.Clean(name) != name || !f.allows(name) {
		return errors.Errorf("the machine sent a file that nobody asked for: %q", name)
	}
	target := filepath.FromSlash(name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	var err error
	f.open, err = atomicfile.Create(target)
	return err
}

func (f *files) allows(name string) bool {
	for _, a := range f.allowed {
		if name == a || strings.HasPrefix(name, a+"/") {
			return true
		}
	}
	return false
}

func (f *files) write(data []byte) error {
	if f.open == nil {
		return errors.New("the machine sent a piece of no file")
	}
	_, err := f.open.Write(data)
	return err
}

// commit puts the file in its place that was begun last.
func (f *files) commit() error {
	if f.open == nil {
		return nil
	}
	defer f.discard()
	return f.open.Commit()
}

// discard removes a file that is not complete.
func (f *files) discard() {
	if f.open != nil {
		f.open.Discard()
		f.open = nil
	}
}
