package machine

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/volume"
)

// data mounts the data disk, which it makes first if it is to and there is a
// blank one, and has it unmounted when the machine ends.
func (p *pid1) data() error {
	path, kind := p.findData()
	if path == "" && p.config.Data.Format {
		blank, err := p.formatBlank()
		if err != nil {
			return err
		}
		path, kind = blank, volume.Ext4
	}
	if path == "" {
		return nil
	}
	return p.mountData(path, kind)
}

// findData returns the disk with the label, and its file system's type.
func (p *pid1) findData() (path, kind string) {
	for _, path := range p.disks() {
		disk, err := os.Open(path)
		if err != nil {
			continue
		}
		found := volume.Identify(disk)
		_ = disk.Close()
		if found.Type == volume.Ext4 && found.Label == config.DataLabel || found.Type == volume.VFAT && found.Label == config.DataLabelFAT {
			return path, found.Type
		}
	}
	return "", ""
}

// mountData mounts a file system, and says how it was left.
func (p *pid1) mountData(path, kind string) error {
	if disk, err := os.Open(path); err == nil {
		left := volume.ConditionOf(disk, kind)
		_ = disk.Close()
		if left.Unclean {
			p.console.printf("machine: data: %s was not unmounted the last time", path)
		}
		if left.Faulty {
			p.report("data", errors.Errorf("%s has faults: have a machine with e2fsck repair it", path))
		}
	}
	dir := p.config.Data.Path
	if dir == "" {
		dir = config.DataPath
	}
	target := filepath.Join(p.sys.root, dir)
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	const flags = unix.MS_NODEV | unix.MS_NOSUID | unix.MS_NOATIME
	if err := p.sys.mount(path, target, kind, flags, p.dataOptions(kind)); err != nil {
		hint := ""
		if errno(err) == unix.ENODEV {
			hint = " (the kernel has no driver for it: bake its module)"
		}
		return errors.Wrapf(err, "mounting %s on %s as %s%s", path, dir, kind, hint)
	}
	p.dataDir = dir
	p.console.printf("machine: data: %s is on %s", path, dir)
	p.atEnd("data", func() error { return errors.Wrapf(p.sys.unmount(target, 0), "unmounting %s", dir) })
	return p.giveData(target, kind)
}

// dataOptions are the file system's own options (ext4(5), mount(8)). The files of
// FAT, which knows no owners, are the program's.
func (p *pid1) dataOptions(kind string) string {
	options := "errors=remount-ro"
	if c := p.config.Program; kind == volume.VFAT && (c.UID != 0 || c.GID != 0) {
		options += fmt.Sprintf(",uid=%d,gid=%d", c.UID, c.GID)
	}
	return options
}

// giveData gives the top of the disk to the program's user, if it has one of its
// own. What is below is left as it is.
func (p *pid1) giveData(target, kind string) error {
	c := p.config.Program
	if kind == volume.VFAT || c.UID == 0 && c.GID == 0 {
		return nil
	}
	return errors.Wrap(p.sys.chown(target, int(c.UID), int(c.GID)), "giving the data disk to the program's user")
}

// formatBlank makes a file system on the one blank disk.
func (p *pid1) formatBlank() (string, error) {
	if p.settings.format == nil {
		return "", errors.New("there is no disk with the label " + config.DataLabel +
			", and this program makes none: give machine.Run the option WithFormat")
	}
	var blank, others []string
	for _, path := range p.disks() {
		if err := p.mayFormat(path); err != nil {
			others = append(others, path+": "+err.Error())
			continue
		}
		blank = append(blank, path)
	}
	switch {
	case len(blank) > 1:
		return "", errors.Errorf("there are several blank disks, %s: give the one to use the label %s", strings.Join(blank, ", "), config.DataLabel)
	case len(blank) == 0:
		return "", errors.Errorf("there is neither a disk with the label %s nor a blank one: %s", config.DataLabel, strings.Join(append(others, "no more disks"), "; "))
	}
	disk, err := os.OpenFile(blank[0], os.O_RDWR|unix.O_EXCL, 0) // fails if it is in use
	if err != nil {
		return "", err
	}
	defer disk.Close()
	size, err := disk.Seek(0, io.SeekEnd)
	if err != nil {
		return "", err
	}
	p.console.printf("machine: data: %s is blank: making a file system on it", blank[0])
	return blank[0], p.settings.format(disk, size, config.DataLabel)
}

// smallestData is the size of the smallest disk to make a file system on.
const smallestData = 16 << 20

// mayFormat returns nil for a whole disk that nothing speaks against.
func (p *pid1) mayFormat(path string) error {
	about := filepath.Join(p.sys.root, blockDevices, filepath.Base(path))
	if _, err := os.Stat(filepath.Join(about, "partition")); err == nil {
		return errors.New("it is a partition")
	}
	for _, is := range []string{"ro", "removable"} { // sysfs-block: 1 if it is
		if content, err := os.ReadFile(filepath.Join(about, is)); err != nil || strings.TrimSpace(string(content)) != "0" {
			return errors.Errorf("it is %s", map[string]string{"ro": "read-only", "removable": "removable"}[is])
		}
	}
	disk, err := os.Open(path)
	if err != nil {
		return err
	}
	defer disk.Close()
	size, err := disk.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size < smallestData {
		return errors.Errorf("it has %d bytes, and needs %d", size, smallestData)
	}
	return volume.Blank(disk, size)
}
