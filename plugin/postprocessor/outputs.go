package postprocessor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
	"golang.org/x/sync/errgroup"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/atomicfile"
)

// outputs are files being written beside where they will be. Either all of
// them take their places or none does.
type outputs struct {
	inputs    inputFiles // which no output may replace
	files     []*output
	folders   []string // made for them, the deepest last
	scratches []*atomicfile.File
}

// output is one file being written.
type output struct {
	option string // that names it
	path   string // as users call it
	file   *atomicfile.File
	hash   hash.Hash
	size   int64
}

// create opens a file that commit will put at path, the value of an option. The
// folder is made if needed. A link is followed.
func (o *outputs) create(option, path string) (*output, error) {
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
	out := &output{option: option, path: path, file: file, hash: sha256.New()}
	o.files = append(o.files, out)
	return out, nil
}

// check fails when a target is that of another output, or an input.
func (o *outputs) check(path, target string) error {
	for _, other := range o.files {
		if sameTarget(target, other.file.Target()) {
			return errors.Errorf("%s is written by %s already: choose another name", path, other.option)
		}
	}
	if option := o.inputs.find(target); option != "" {
		return errors.Errorf("%s is an input, too (%s): choose another name", path, option)
	}
	return nil
}

// mkdir makes dir and those above it, and remembers which are new.
func (o *outputs) mkdir(dir string) error {
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

// scratch opens a file for what the outputs are made of, beside the first of them,
// where there is room for such things. name tells it from others. discard removes it.
func (o *outputs) scratch(name string) (scratch, error) {
	first := o.files[0]
	file, err := atomicfile.Create(first.file.Target() + "." + name)
	if err != nil {
		return scratch{}, err
	}
	o.scratches = append(o.scratches, file)
	return scratch{file, first.path}, nil
}

// scratch is a file of a bake's own, beside an output.
type scratch struct {
	*atomicfile.File
	beside string
}

// Write appends to the file.
func (s scratch) Write(p []byte) (int, error) {
	n, err := s.File.Write(p)
	return n, errors.Wrapf(err, "writing beside %s", s.beside)
}

// Write appends to the file and to its checksum.
func (out *output) Write(p []byte) (int, error) {
	n, err := out.file.Write(p)
	out.hash.Write(p[:n])
	out.size += int64(n)
	return n, errors.Wrapf(err, "writing %s", out.path)
}

// ReadAt reads what was written.
func (out *output) ReadAt(p []byte, offset int64) (int, error) { return out.file.ReadAt(p, offset) }

// sha256 is the checksum of all that was written, in hexadecimal digits.
func (out *output) sha256() string { return hex.EncodeToString(out.hash.Sum(nil)) }

// commit brings the files to the disk and then to their places, all of them unless
// ctx ends before.
func (o *outputs) commit(ctx context.Context) error {
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
func (out *output) sync(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- out.file.Sync() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// discard removes what was written since the last commit, and what it was made of.
// It is to be called after a commit, too.
func (o *outputs) discard() {
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

var _ io.Writer = (*output)(nil)
