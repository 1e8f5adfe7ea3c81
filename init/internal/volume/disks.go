//go:build linux

package volume

import (
	"os"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// blockDevices is where the kernel lists disks, CD drives and partitions.
const blockDevices = "/sys/class/block"

// disks lists the block devices that may hold something for the machine, by their
// paths. It waits for nothing: a device that its driver has not found yet is not
// among them. A floppy drive takes seconds to say that it is empty.
func disks(k *kernelapi.Kernel) []string {
	entries, err := os.ReadDir(k.Path(blockDevices))
	if err != nil {
		return nil // a kernel without block devices, or before its drivers
	}
	var paths []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, "loop") || strings.HasPrefix(name, "ram") || strings.HasPrefix(name, "zram") || strings.HasPrefix(name, "fd") {
			continue
		}
		paths = append(paths, k.Path("dev/"+strings.ReplaceAll(name, "!", "/")))
	}
	return paths
}

// Find returns the files with some names that are on the first disk with a label,
// ISO 9660 or FAT, none if there is no such disk. Their case does not matter, nor
// the label's.
func Find(k *kernelapi.Kernel, label string, names ...string) (map[string][]byte, error) {
	for _, path := range disks(k) {
		if files, found, err := findOn(path, label, names); found {
			return files, errors.Wrapf(err, "the seed disk %s", path)
		}
	}
	return nil, nil
}

func findOn(path, label string, names []string) (files map[string][]byte, found bool, err error) {
	disk, err := os.Open(path)
	if err != nil {
		return nil, false, nil // such as an empty CD drive
	}
	defer disk.Close()
	on := Identify(disk)
	if !strings.EqualFold(on.Label, label) {
		return nil, false, nil
	}
	files, err = ReadFiles(disk, on.Type, names...)
	return files, true, err
}
