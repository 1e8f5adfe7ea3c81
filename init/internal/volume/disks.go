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

// disks returns the paths of the block devices that may hold something for the machine.
// It does not wait for devices that their drivers have not found yet. It leaves out
// floppy drives, because an empty one takes seconds to answer.
func disks(k *kernelapi.Kernel) []string {
	entries, err := os.ReadDir(k.Path(blockDevices))
	if err != nil {
		return nil // no block devices, or their drivers are not loaded yet
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

// Find reads the named files from the first ISO 9660 or FAT disk that has the label. It
// returns nil if there is no such disk. The case of the names and the label does not
// matter.
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
