package collect

import (
	"io/fs"
	"math"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// hostFile is the content of a file of this host. It is open only while it is read,
// as there may be many.
type hostFile struct {
	path    string
	size    int64
	changed time.Time
}

func (f hostFile) Size() int64 { return f.size }

// ReadAt fails if the file is not what it was when it was collected.
func (f hostFile) ReadAt(p []byte, offset int64) (int, error) {
	file, err := input.Open(f.path, math.MaxInt64)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, vanished(f.path, err)
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, errors.Wrapf(err, "reading %s", f.path)
	}
	if info.Size() != f.size || !info.ModTime().Equal(f.changed) {
		return 0, errors.Errorf("%s has changed since the bake began: let nothing else write to it meanwhile", f.path)
	}
	return file.ReadAt(p, offset)
}
