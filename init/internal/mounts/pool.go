//go:build linux

package mounts

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// share is the part of the memory that is available when the machine starts which
// the pool may take, and what is written to the root another: a quarter each. The
// rest is for the programs themselves.
const share = 4

// place is a folder that programs fill.
type place struct {
	path string
	mode os.FileMode
}

// places are all in one file system in memory, the pool, so that one bound holds
// for all of them together. /run is the last: the pool is mounted there meanwhile.
func places() []place {
	return []place{{"tmp", 0o777 | os.ModeSticky}, {"var", 0o755}, {"dev/shm", 0o777 | os.ModeSticky}, {"run", 0o755}}
}

// mountPool mounts it on its places, with room for so many bytes, or for half of all
// memory if that is 0. On a kernel without tmpfs they are folders of the root.
func mountPool(k *kernelapi.Kernel, size int64, note func(error)) {
	options := "mode=0755"
	if size > 0 {
		options += ",size=" + strconv.FormatInt(size, 10)
	}
	if err := mount(k, mountPoint{"run", "tmpfs", unix.MS_NOSUID | unix.MS_NODEV, options, false}); err != nil {
		note(errors.Wrap(err, "nothing bounds what is written to /tmp, /var, /dev/shm and /run (has the kernel TMPFS?)"))
		for _, p := range places() {
			note(folder(k.Path(p.path), p.mode))
		}
		return
	}
	for _, p := range places() {
		note(errors.Wrapf(p.fromPool(k), "/%s is not where its size has a bound", p.path))
	}
}

// fromPool puts a folder of the pool in the place of one of the root, with what
// that holds.
func (p place) fromPool(k *kernelapi.Kernel) error {
	path, inPool := k.Path(p.path), k.Path("run/"+filepath.Base(p.path))
	if err := folder(inPool, p.mode); err != nil {
		return err
	}
	if p.path != "run" {
		if err := folder(path, p.mode); err != nil {
			return err
		}
		if err := move(path, inPool); err != nil {
			return err
		}
	}
	if err := k.Mount(inPool, path, "", unix.MS_BIND, ""); err != nil {
		_ = move(inPool, path)
		return err
	}
	return nil
}

// boundRoot leaves the root room for so many bytes besides what the image has, if
// that is not 0: by default the kernel lets it take half of all memory. A root in
// ramfs, as the command line may have it (rootfstype=ramfs) or a kernel without
// tmpfs, has no bound.
func boundRoot(k *kernelapi.Kernel, room int64) error {
	var fs unix.Statfs_t
	if err := k.Statfs(k.Root, &fs); err != nil {
		return errors.Wrap(err, "finding out what the root holds")
	}
	if room == 0 || fs.Type != unix.TMPFS_MAGIC {
		return nil
	}
	used := int64(fs.Blocks-fs.Bfree) * int64(fs.Bsize)
	err := k.Mount("", k.Root, "", unix.MS_REMOUNT, fmt.Sprintf("size=%d", used+room))
	return errors.Wrap(err, "bounding the root")
}
