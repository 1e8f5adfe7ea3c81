// Package output writes the files of a bake beside their places, and puts all of them
// there or none.
package output

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
	"golang.org/x/sync/errgroup"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/atomicfile"
)

// Files are files being written beside where they will be. Either all of
// them take their places or none does.
type Files struct {
	Inputs    Inputs // which no output may replace
	files     []*File
	folders   []string // made for them, the deepest last
	scratches []*atomicfile.File
}

// File is one file being written.
type File struct {
	option string // that names it
	path   string // as users call it
	file   *atomicfile.File
	hash   hash.Hash
	size   int64
}

// Create opens a file that Commit will put at path, the value of an option. The
// folder is made if needed. A link is followed.
func (o *Files) Create(option, path string) (*File, error) {
	target, err := atomicfile.Resolve(path)
	if err != nil {
		return nil, err
	}
	if err := o.mkdir(filepath.Dir(target)); err != nil {
		return nil, errors.Wrapf(err, "making the folder for %s", path)
	}
	if err := o.check(path, target); err != nil {
		return nil, err
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	out := &File{option: option, path: path, file: file, hash: sha256.New()}
	o.files = append(o.files, out)
	return out, nil
}

// check fails when a target is that of another output, or an input.
func (o *Files) check(path, target string) error {
	for _, other := range o.files {
		if sameTarget(target, other.file.Target()) {
			return errors.Errorf("%s is written by %s already: choose another name", path, other.option)
		}
	}
	if option := o.Inputs.find(target); option != "" {
		return errors.Errorf("%s is an input, too (%s): choose another name", path, option)
	}
	return nil
}

// mkdir makes dir and those above it, and remembers which are new.
func (o *Files) mkdir(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return errors.Errorf("%s is no folder", dir)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := o.mkdir(parent); err != nil {
			return err
		}
	}
	// Another build may have made it just now.
	if err := os.Mkdir(dir, 0o755); errors.Is(err, fs.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	o.folders = append(o.folders, dir)
	return nil
}

// Scratch opens a file for what the outputs are made of, beside the first of them,
// where there is room for such things. name tells it from others. Discard removes it.
func (o *Files) Scratch(name string) (Scratch, error) {
	first := o.files[0]
	file, err := atomicfile.Create(first.file.Target() + "." + name)
	if err != nil {
		return Scratch{}, err
	}
	o.scratches = append(o.scratches, file)
	return Scratch{file, first.path}, nil
}

// Scratch is a file of a bake's own, beside an output.
type Scratch struct {
	*atomicfile.File
	beside string
}

// Write appends to the file.
func (s Scratch) Write(p []byte) (int, error) {
	n, err := s.File.Write(p)
	return n, errors.Wrapf(err, "writing beside %s", s.beside)
}

// Write appends to the file and to its checksum.
func (out *File) Write(p []byte) (int, error) {
	n, err := out.file.Write(p)
	out.hash.Write(p[:n])
	out.size += int64(n)
	return n, errors.Wrapf(err, "writing %s", out.path)
}

// ReadAt reads what was written.
func (out *File) ReadAt(p []byte, offset int64) (int, error) { return out.file.ReadAt(p, offset) }

// Path is what users call the file.
func (out *File) Path() string { return out.path }

// Target is where it will be, with links followed.
func (out *File) Target() string { return out.file.Target() }

// Size is how many bytes were written.
func (out *File) Size() int64 { return out.size }

// SHA256 is the checksum of all that was written, in hexadecimal digits.
func (out *File) SHA256() string { return hex.EncodeToString(out.hash.Sum(nil)) }

// All are the files that are being written.
func (o *Files) All() []*File { return slices.Clone(o.files) }

// Commit brings the files to the disk and then to their places, all of them unless
// ctx ends before.
func (o *Files) Commit(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, out := range o.files {
		group.Go(func() error { return errors.Wrapf(out.sync(ctx), "writing %s", out.path) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, out := range o.files {
		if err := out.file.Commit(); err != nil {
			return errors.Wrapf(err, "putting %s in its place", out.path)
		}
	}
	o.files, o.folders = nil, nil
	return nil
}

// sync brings a file to the disk, which can take many seconds, and which nothing
// stops. If ctx ends, it is left behind.
func (out *File) sync(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- out.file.Sync() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Discard removes what was written since the last commit, and what it was made of.
// It is to be called after a commit, too.
func (o *Files) Discard() {
	for _, file := range o.scratches {
		file.Discard()
	}
	for _, out := range o.files {
		out.file.Discard()
	}
	for i := len(o.folders) - 1; i >= 0; i-- {
		_ = os.Remove(o.folders[i]) // stays if somebody else put something there
	}
	o.files, o.folders, o.scratches = nil, nil, nil
}

var _ io.Writer = (*File)(nil)
