package atomicfile

import (
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// maxLinks is how many links Linux follows (path_resolution(7)).
const maxLinks = 40

// Resolve returns the path at which a file of that name is written: where a link
// leads, even if nothing is there yet. It fails as input.CheckPath does, and when that is something else than
// a regular file, such as a device.
func Resolve(path string) (string, error) {
	at := path
	for range maxLinks {
		if err := input.CheckPath(at); err != nil {
			return "", err
		}
		if dir, err := os.Stat(filepath.Dir(at)); err == nil && !dir.IsDir() {
			return "", errors.Errorf("%s is not a folder: choose another name than %s", filepath.Dir(at), path)
		}
		info, err := os.Lstat(at)
		if errors.Is(err, os.ErrNotExist) {
			return at, nil
		}
		if err != nil {
			return "", input.Explain(err)
		}
		if info.Mode()&os.ModeSymlink == 0 {
			return at, checkTarget(path, at, info.Mode())
		}
		if at, err = follow(at); err != nil {
			return "", errors.Wrapf(err, "following the link %s", path)
		}
	}
	return "", errors.Errorf("%s is a link with too many links behind it: choose a file name", path)
}

// follow returns where one link leads.
func follow(link string) (string, error) {
	to, err := os.Readlink(link)
	if err != nil || filepath.IsAbs(to) {
		return to, err
	}
	// A ".." in it starts from where the folder really is.
	dir, err := filepath.EvalSymlinks(filepath.Dir(link))
	return dir + string(filepath.Separator) + to, err
}

func checkTarget(path, at string, mode os.FileMode) error {
	kind := input.Kind(mode)
	switch {
	case kind == "":
		return nil
	case at != path:
		return errors.Errorf("%s is a link to %s, which is %s, not a file: choose a file name", path, at, kind)
	}
	return errors.Errorf("%s is %s, not a file: choose a file name", path, kind)
}
