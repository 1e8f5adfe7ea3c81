//go:build linux

package volume

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// formatBlank makes a file system on the only blank disk.
func (d Data) formatBlank() (string, error) {
	if d.Format == nil {
		return "", errors.New("there is no disk with the label " + config.DataLabel +
			", and this program cannot make one: give machine.Run the option WithFormat")
	}
	var blank, others []string
	for _, path := range disks(d.Kernel) {
		if err := d.mayFormat(path); err != nil {
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
	disk, err := os.OpenFile(blank[0], os.O_RDWR|unix.O_EXCL, 0) // O_EXCL fails if the disk is in use
	if err != nil {
		return "", err
	}
	defer disk.Close()
	size, err := disk.Seek(0, io.SeekEnd)
	if err != nil {
		return "", err
	}
	d.Report.Printf("machine: data: %s is blank: making a file system on it", blank[0])
	return blank[0], d.Format(disk, size, config.DataLabel)
}

// smallestData is the size in bytes of the smallest disk that gets a file system.
const smallestData = 16 << 20

// mayFormat returns nil if a device is a whole disk that may be formatted. Otherwise
// the error says why not.
func (d Data) mayFormat(path string) error {
	about := d.Kernel.Path(filepath.Join(blockDevices, filepath.Base(path)))
	if _, err := os.Stat(filepath.Join(about, "partition")); err == nil {
		return errors.New("it is a partition")
	}
	for _, is := range []string{"ro", "removable"} { // sysfs-block: the file holds 1 if so
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
	return Blank(disk, size)
}
