package input

import (
	"io/fs"
	"math"
	"os"
	"time"

	"github.com/pkg/errors"
)

// File is the bytes of a regular file as they are when File is made. It is open
// only while it is read, as there may be many, and as none is to be in others' way.
type File struct {
	path    string
	size    int64
	changed time.Time
}

// NewFile returns the regular file at path, of at most max bytes. It fails as Open
// does.
func NewFile(path string, max int64) (File, error) {
	file, err := Open(path, max)
	if err != nil {
		return File{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return File{}, Explain(err)
	}
	return FileOf(path, info), nil
}

// FileOf returns the regular file at path that has been found to be so.
func FileOf(path string, info fs.FileInfo) File { return File{path, info.Size(), info.ModTime()} }

// Size is the number of bytes.
func (f File) Size() int64 { return f.size }

// ReadAt fails if the file is no longer the same.
func (f File) ReadAt(p []byte, offset int64) (int, error) {
	file, err := Open(f.path, math.MaxInt64)
	if errors.Is(err, os.ErrNotExist) {
		return 0, errors.Errorf("%s has vanished since the bake began: let nothing else write there meanwhile", f.path)
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, Explain(err)
	}
	if info.Size() != f.size || !info.ModTime().Equal(f.changed) {
		return 0, errors.Errorf("%s has changed since the bake began: let nothing else write to it meanwhile", f.path)
	}
	return file.ReadAt(p, offset)
}
