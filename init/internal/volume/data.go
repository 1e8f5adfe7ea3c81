//go:build linux

package volume

import (
	"cmp"
	"fmt"
	"os"
	"syscall"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// Data is the machine's data disk.
type Data struct {
	Kernel *kernelapi.Kernel
	Report report.Reporter
	Config config.Data
	// UID and GID own the top of the disk, unless they are root's.
	UID, GID uint32
	// Format makes a file system with a label on a disk of size bytes; nil for none.
	Format func(disk *os.File, size int64, label string) error
	// AtEnd has something done when the machine ends.
	AtEnd func(name string, run func() error)
}

// Mount mounts the disk, and has it unmounted when the machine ends. It makes a
// file system first, if it is to and there is one blank disk. dir is where the
// disk is mounted, empty if there is none.
func (d Data) Mount() (dir string, err error) {
	path, kind := d.find()
	if path == "" && d.Config.Format {
		if path, err = d.formatBlank(); err != nil {
			return "", err
		}
		kind = Ext4
	}
	if path == "" {
		return "", nil
	}
	return d.mount(path, kind)
}

// find returns the disk with the label, and its file system's type.
func (d Data) find() (path, kind string) {
	for _, path := range disks(d.Kernel) {
		disk, err := os.Open(path)
		if err != nil {
			continue
		}
		found := Identify(disk)
		_ = disk.Close()
		if found.Type == Ext4 && found.Label == config.DataLabel || found.Type == VFAT && found.Label == config.DataLabelFAT {
			return path, found.Type
		}
	}
	return "", ""
}

// mount mounts a file system, and says how it was left.
func (d Data) mount(path, kind string) (dir string, err error) {
	if disk, err := os.Open(path); err == nil {
		left := ConditionOf(disk, kind)
		_ = disk.Close()
		if left.Unclean {
			d.Report.Printf("machine: data: %s was not unmounted the last time", path)
		}
		if left.Faulty {
			d.Report.Report("data", errors.Errorf("%s has faults: have a machine with e2fsck repair it", path))
		}
	}
	dir = cmp.Or(d.Config.Path, config.DataPath)
	target := d.Kernel.Path(dir)
	if err := os.MkdirAll(target, 0o755); err != nil {
		return "", err
	}
	const flags = unix.MS_NODEV | unix.MS_NOSUID | unix.MS_NOATIME
	if err := d.Kernel.Mount(path, target, kind, flags, d.options(kind)); err != nil {
		hint := ""
		if kernelapi.Errno(err) == unix.ENODEV {
			hint = " (the kernel has no driver for it: bake its module)"
		}
		return "", errors.Wrapf(err, "mounting %s on %s as %s%s", path, dir, kind, hint)
	}
	d.Report.Printf("machine: data: %s is on %s", path, dir)
	d.AtEnd("data", func() error { return errors.Wrapf(d.Kernel.Unmount(target, 0), "unmounting %s", dir) })
	return dir, d.own(target, kind)
}

// options are the file system's own options (ext4(5), mount(8)). FAT knows no
// owners: all of its files are the program's.
func (d Data) options(kind string) string {
	options := "errors=remount-ro"
	if kind == VFAT && (d.UID != 0 || d.GID != 0) {
		options += fmt.Sprintf(",uid=%d,gid=%d", d.UID, d.GID)
	}
	return options
}

// own gives the top of the disk to the program's user, if it has one of its own.
// What is below is left as it is.
func (d Data) own(target, kind string) error {
	if kind == VFAT || d.UID == 0 && d.GID == 0 {
		return nil
	}
	d.sayForeign(target)
	return errors.Wrap(d.Kernel.Chown(target, int(d.UID), int(d.GID)), "giving the data disk to the program's user")
}

// sayForeign says so if another user's program has used the disk before.
func (d Data) sayForeign(target string) {
	files, err := os.ReadDir(target)
	if err != nil {
		return
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil || file.Name() == "lost+found" { // ext4's own, and root's
			continue
		}
		if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid != d.UID {
			d.Report.Printf("machine: data: %s belongs to user %d, and the program runs as user %d: "+
				"if it may not change its data, bake it with that user", file.Name(), owner.Uid, d.UID)
			return
		}
	}
}
