package postprocessor

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/atomicfile"
)

// outputs are files being written beside where they will be. Either all of
// them take their places or none does.
type outputs struct {
	inputs  inputFiles // which no output may replace
	files   []*output
	folders []string // made for them, the deepest last
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

// Write appends to the file and to its checksum.
func (out *output) Write(p []byte) (int, error) {
	n, err := out.file.Write(p)
	out.hash.Write(p[:n])
	out.size += int64(n)
	return n, errors.Wrapf(err, "writing %s", out.path)
}

// sha256 is the checksum of all that was written, in hexadecimal digits.
func (out *output) sha256() string { return hex.EncodeToString(out.hash.Sum(nil)) }

// commit brings the files to the disk and then to their places.
func (o *outputs) commit() error {
	for _, out := range o.files {
		if err := out.file.Sync(); err != nil {
			return errors.Wrapf(err, "writing %s", out.path)
		}
	}
	for _, out := range o.files {
		if err := out.file.Commit(); err != nil {
			return errors.Wrapf(err, "putting %s in its place", out.path)
		}
	}
	o.files, o.folders = nil, nil
	return nil
}

// discard removes what was written since the last commit. It does nothing
// after a commit, so it can be deferred.
func (o *outputs) discard() {
	for _, out := range o.files {
		out.file.Discard()
	}
	for i := len(o.folders) - 1; i >= 0; i-- {
		_ = os.Remove(o.folders[i]) // stays if somebody else put something there
	}
	o.files, o.folders = nil, nil
}

var _ io.Writer = (*output)(nil)
