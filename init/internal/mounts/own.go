//go:build linux

package mounts

import (
	"os"
	"path/filepath"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// Own is the folder for PID 1's files. It is a file system of its own in which only
// root can write, so PID 1 has room there even if programs have filled the others.
const Own = "/run/machine"

// ownSize is plenty for files of a few lines.
const ownSize = "1m"

func mountOwn(k *kernelapi.Kernel) error {
	err := mount(k, mountPoint{"run/machine", "tmpfs", strict, "mode=0755,size=" + ownSize, false})
	if kernelapi.Errno(err) == unix.ENODEV { // the kernel has no tmpfs; mountPool has reported that
		return folder(k.Path(Own), 0o755)
	}
	return err
}

// WriteFile writes a small file, such as "/etc/hosts", so that a reader sees either all
// of the old content or all of the new. It writes the file in Own, and replaces
// whatever is at path by a link to it.
func WriteFile(k *kernelapi.Kernel, path, content string) error {
	file := filepath.Join(Own, filepath.Base(path))
	if err := os.MkdirAll(k.Path(Own), 0o755); err != nil {
		return err
	}
	if err := k.ReplaceFile(file, content); err != nil {
		return err
	}
	return link(k, path, file)
}

// link makes a symbolic link at path, and replaces whatever is there.
func link(k *kernelapi.Kernel, path, to string) error {
	target, err := filepath.Rel(filepath.Dir(path), to)
	if err != nil {
		return err
	}
	if err := os.Symlink(target, k.Path(path)); !os.IsExist(err) {
		return err
	}
	if before, err := os.Readlink(k.Path(path)); err == nil && before == target {
		return nil
	}
	part := k.Path(path) + ".part"
	_ = os.Remove(part) // left by an earlier attempt
	if err := os.Symlink(target, part); err != nil {
		return err
	}
	return errors.WithStack(os.Rename(part, k.Path(path)))
}
