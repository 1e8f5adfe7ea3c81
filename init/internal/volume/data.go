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
	// UID and GID own the disk's top folder, unless they are root's.
	UID, GID uint32
	// Format makes a file system with a label on a disk of size bytes. It is nil in a
	// program that cannot do that.
	Format func(disk *os.File, size int64, label string) error
	// AtEnd registers a function to run when the machine ends.
	AtEnd func(name string, run func() error)
}

// Mount mounts the data disk, and registers its unmounting for the end of the machine.
// If there is none, the configuration allows it and there is exactly one blank disk,
// Mount makes a file system on that one first. dir is where the disk is mounted, or
// empty if there is none.
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

// find returns the path of the disk with the label, and the type of its file system.
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

// mount mounts a file system, and reports in which state it was left.
func (d Data) mount(path, kind string) (dir string, err error) {
	if disk, err := os.Open(path); err == nil {
		left := ConditionOf(disk, kind)
		_ = disk.Close()
		if left.Unclean {
			d.Report.Printf("machine: data: %s was not unmounted the last time", path)
		}
		if left.Faulty {
			d.Report.Report("data", errors.Errorf("%s has faults: repair it with e2fsck on another machine", path))
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

// options returns the mount options of the file system (ext4(5), mount(8)). FAT knows
// no owners, so the options make the program's user the owner of all files.
func (d Data) options(kind string) string {
	options := "errors=remount-ro"
	if kind == VFAT && (d.UID != 0 || d.GID != 0) {
		options += fmt.Sprintf(",uid=%d,gid=%d", d.UID, d.GID)
	}
	return options
}

// own makes the program's user the owner of the disk's top folder. It does nothing if
// the program runs as root, and leaves everything below the folder as it is.
func (d Data) own(target, kind string) error {
	if kind == VFAT || d.UID == 0 && d.GID == 0 {
		return nil
	}
	d.sayForeign(target)
	return errors.Wrap(d.Kernel.Chown(target, int(d.UID), int(d.GID)), "giving the data disk to the program's user")
}

// sayForeign reports files of another user: an earlier program may have used the disk.
func (d Data) sayForeign(target string) {
	files, err := os.ReadDir(target)
	if err != nil {
		return
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil || file.Name() == "lost+found" { // made by mkfs, and always root's
			continue
		}
		if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid != d.UID {
			d.Report.Printf("machine: data: %s belongs to user %d, and the program runs as user %d: "+
				"if the program cannot change its data, bake it with that user", file.Name(), owner.Uid, d.UID)
			return
		}
	}
}
