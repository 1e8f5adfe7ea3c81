package source

import (
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// Limits on a file system that is walked: Debian's kernel has 4,000 modules in
// folders 8 deep.
const (
	maxEntries = 200_000
	maxDepth   = 40
)

// folder reads a folder that has boot and lib/modules in it, as the root of an
// Alpine machine does.
func folder(dir string) (kernel.Tree, error) {
	fsys := os.DirFS(dir)
	t := kernel.Tree{}
	for _, sub := range []string{"boot", "lib/modules", "usr/lib/modules"} {
		if info, err := fs.Stat(fsys, sub); err != nil || !info.IsDir() {
			continue
		}
		if sub == "usr/lib/modules" && has(t, "lib/modules/") {
			continue // the same, by a link
		}
		if err := addFS(t, fsys, sub, sub); err != nil {
			return nil, err
		}
	}
	if !has(t, "boot/vmlinuz") {
		return nil, errors.New("there is no boot/vmlinuz* in this folder: give one that has boot and lib/modules, " +
			"copied from a machine, or unpacked from a package")
	}
	return t, nil
}

func has(t kernel.Tree, prefix string) bool {
	for name := range t {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// addFS adds the files of a file system that are below a folder of it. In the
// tree they are below another. Links are left out.
func addFS(t kernel.Tree, fsys fs.FS, from, to string) error {
	entries := 0
	return fs.WalkDir(fsys, from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entries++; entries > maxEntries || strings.Count(name, "/") > maxDepth {
			return errors.Errorf("it has more than %d files, or folders that are more than %d deep", maxEntries, maxDepth)
		}
		as := path.Join(to, strings.TrimPrefix(name, from))
		if entry.Type().IsRegular() && kernel.InTree(as) {
			t[as] = func() ([]byte, error) { return readFile(fsys, name) }
		}
		return nil
	})
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, errors.Errorf("it has %d bytes, more than the %d MiB that are allowed", info.Size(), maxFile>>20)
	}
	return fs.ReadFile(fsys, name)
}
