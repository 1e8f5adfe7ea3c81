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

// share divides the memory that is available when the machine starts: the pool may take
// a quarter, and files written to the root another quarter. The rest is for the
// programs themselves.
const share = 4

// place is a folder into which programs write.
type place struct {
	path string
	mode os.FileMode
}

// places returns the folders of the pool. They share one file system in memory, the
// pool, so that one limit holds for all of them together. /run comes last, because the
// pool is mounted there while the others are set up.
func places() []place {
	return []place{{"tmp", 0o777 | os.ModeSticky}, {"var", 0o755}, {"dev/shm", 0o777 | os.ModeSticky}, {"run", 0o755}}
}

// mountPool mounts the pool on its places. It may take size bytes, or half of all
// memory if size is 0. On a kernel without tmpfs, the places are folders of the root.
func mountPool(k *kernelapi.Kernel, size int64, note func(error)) {
	options := "mode=0755"
	if size > 0 {
		options += ",size=" + strconv.FormatInt(size, 10)
	}
	if err := mount(k, mountPoint{"run", "tmpfs", unix.MS_NOSUID | unix.MS_NODEV, options, false}); err != nil {
		note(errors.Wrap(err, "files in /tmp, /var, /dev/shm and /run have no size limit (does the kernel have TMPFS?)"))
		for _, p := range places() {
			note(folder(k.Path(p.path), p.mode))
		}
		return
	}
	for _, p := range places() {
		note(errors.Wrapf(p.fromPool(k), "files in /%s have no size limit", p.path))
	}
}

// fromPool replaces a folder of the root by a folder of the pool, and moves its content
// there.
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

// boundRoot limits the root to what the image takes plus room bytes. It fails if the image
// did not fit. It does nothing if room is 0: the kernel's own limit is half of all memory. A root in ramfs has no
// limit. That happens with rootfstype=ramfs on the command line and on a kernel without
// tmpfs.
func boundRoot(k *kernelapi.Kernel, room int64) error {
	var fs unix.Statfs_t
	if err := k.Statfs(k.Root, &fs); err != nil {
		return errors.Wrap(err, "finding out what the root holds")
	}
	if err := unpacked(fs); err != nil || room == 0 || fs.Type != unix.TMPFS_MAGIC {
		return err
	}
	used := int64(fs.Blocks-fs.Bfree) * int64(fs.Bsize)
	err := k.Mount("", k.Root, "", unix.MS_REMOUNT, fmt.Sprintf("size=%d", used+room))
	return errors.Wrap(err, "limiting the size of the root")
}
