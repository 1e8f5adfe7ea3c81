//go:build linux

package mounts

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// move moves the content of a folder to a folder on another file system. It keeps
// modes, owners and the times of files. If it fails, everything is in its old place.
func move(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil || len(entries) == 0 {
		return err
	}
	var made []string
	for _, e := range entries {
		made = append(made, filepath.Join(to, e.Name()))
		err := filepath.WalkDir(filepath.Join(from, e.Name()), func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			below, err := filepath.Rel(from, path)
			if err != nil {
				return err
			}
			return copyOne(path, filepath.Join(to, below))
		})
		if err != nil {
			removeAll(made)
			return err
		}
	}
	for _, e := range entries { // remove last: a failure before this changes nothing
		if err := os.RemoveAll(filepath.Join(from, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func removeAll(paths []string) {
	for _, path := range paths {
		_ = os.RemoveAll(path)
	}
}

// copyOne copies a file or a link, or makes a folder without copying its content.
func copyOne(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	switch info.Mode().Type() {
	case fs.ModeDir:
		err = os.Mkdir(to, info.Mode().Perm())
	case fs.ModeSymlink:
		var target string
		if target, err = os.Readlink(from); err == nil {
			err = os.Symlink(target, to)
		}
	case 0:
		err = copyContent(from, to)
	default:
		err = errors.Errorf("%s is neither a file nor a folder nor a link", from)
	}
	if err != nil {
		return err
	}
	return copyAttributes(info, to)
}

func copyContent(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closing := out.Close(); err == nil {
		err = closing
	}
	return err
}

// copyAttributes copies owner, mode and time. It sets the owner first, because that
// clears the set-user-ID bit (chown(2)).
func copyAttributes(info fs.FileInfo, to string) error {
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && (owner.Uid != 0 || owner.Gid != 0) {
		if err := os.Lchown(to, int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	if info.Mode().Type() == fs.ModeSymlink {
		return nil
	}
	if err := os.Chmod(to, info.Mode()); err != nil {
		return err
	}
	if info.IsDir() { // its time will change when its content is copied
		return nil
	}
	at := unix.NsecToTimespec(info.ModTime().UnixNano())
	return unix.UtimesNanoAt(unix.AT_FDCWD, to, []unix.Timespec{at, at}, 0)
}
