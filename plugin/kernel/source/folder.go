package source

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
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
func folder(ctx context.Context, dir string) (kernel.Tree, error) {
	fsys := os.DirFS(dir)
	t := kernel.Tree{}
	for _, sub := range []string{"boot", "lib/modules", "usr/lib/modules"} {
		if info, err := fs.Stat(fsys, sub); err != nil || !info.IsDir() {
			continue
		}
		if sub == "usr/lib/modules" && has(t, "lib/modules/") {
			continue // the same, by a link
		}
		if err := addFolder(ctx, t, dir, sub); err != nil {
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

// addFolder adds the files below a folder of dir. Links are left out, and so is
// what is no regular file.
func addFolder(ctx context.Context, t kernel.Tree, dir, sub string) error {
	entries := 0
	return fs.WalkDir(os.DirFS(dir), sub, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		if entries++; entries > maxEntries || strings.Count(name, "/") > maxDepth {
			return errors.Errorf("it has more than %d files, or folders that are more than %d deep", maxEntries, maxDepth)
		}
		if entry.Type().IsRegular() && kernel.InTree(name) {
			path := filepath.Join(dir, filepath.FromSlash(name))
			t[name] = func() ([]byte, error) { return input.Read(ctx, path, maxFile) }
		}
		return nil
	})
}
