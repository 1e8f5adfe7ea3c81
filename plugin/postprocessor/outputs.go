package postprocessor

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
)

// outputs are files being written beside where they will be. Either all of
// them take their places or none does.
type outputs struct {
	files   []*output
	folders []string // made for them, the deepest last
}

// output is one file being written.
type output struct {
	path string
	file *os.File
	hash hash.Hash
	size int64
}

// create opens a file that commit will put at path. The folder is made if
// needed.
func (o *outputs) create(path string) (*output, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, errors.Errorf("cannot write %s: it is a folder", path)
	}
	if slices.ContainsFunc(o.files, func(other *output) bool { return other.path == path }) {
		return nil, errors.Errorf("%s is written already, by another output", path)
	}
	dir := filepath.Dir(path)
	if err := o.mkdir(dir); err != nil {
		return nil, errors.Wrapf(err, "making the folder for %s", path)
	}
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.part")
	if err != nil {
		return nil, errors.Wrapf(err, "writing beside %s", path)
	}
	out := &output{path: path, file: file, hash: sha256.New()}
	o.files = append(o.files, out)
	return out, nil
}

// mkdir makes dir and those above it, and remembers which are new.
func (o *outputs) mkdir(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := o.mkdir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
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
		if err := out.finish(); err != nil {
			return errors.Wrapf(err, "writing %s", out.path)
		}
	}
	for _, out := range o.files {
		if err := os.Rename(out.file.Name(), out.path); err != nil {
			return errors.Wrapf(err, "putting %s in its place", out.path)
		}
		syncFolder(filepath.Dir(out.path))
	}
	o.files, o.folders = nil, nil
	return nil
}

// outputMode is that of files made without a thought of secrecy; CreateTemp
// makes them private.
const outputMode = 0o644

func (out *output) finish() error {
	if err := out.file.Chmod(outputMode); err != nil {
		return err
	}
	if err := out.file.Sync(); err != nil {
		return err
	}
	return out.file.Close()
}

// syncFolder makes a rename last. Not every system can, and the file's bytes
// are safe either way.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// discard removes what was written since the last commit. It does nothing
// after a commit, so it can be deferred.
func (o *outputs) discard() {
	for _, out := range o.files {
		_ = out.file.Close()
		_ = os.Remove(out.file.Name())
	}
	for i := len(o.folders) - 1; i >= 0; i-- {
		_ = os.Remove(o.folders[i]) // stays if somebody else put something there
	}
	o.files, o.folders = nil, nil
}

var _ io.Writer = (*output)(nil)
