//go:build linux

package volume

import (
	"os"
	"path"
	"slices"
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
// matter. It fails if there may be such a disk that it cannot read.
func Find(k *kernelapi.Kernel, label string, names ...string) (map[string][]byte, error) {
	for _, disk := range disks(k) {
		files, found, err := findOn(disk, label, names)
		if found && err == nil && len(files) == 0 {
			err = errors.Errorf("it has none of %s in its top folder", strings.Join(names, ", "))
		}
		if found {
			return files, errors.Wrapf(err, "the seed disk %s", disk)
		}
	}
	if without := driverless(k); len(without) > 1 { // the machine has booted from one of them
		return nil, errors.Errorf("there may be a seed disk that cannot be read: there is no driver for the disks %s: "+
			`bake with disk_drivers = true or profile = "qemu"`, strings.Join(without, ", "))
	}
	return nil, nil
}

// diskNames are the beginnings of the aliases of a virtio disk, a SCSI or SATA disk,
// and a CD drive (include/uapi/linux/virtio_ids.h, include/scsi/scsi_proto.h).
var diskNames = []string{"virtio:d00000002", "scsi:t-0x00", "scsi:t-0x05"}

// driverless returns the disks that the kernel sees but has no driver for.
func driverless(k *kernelapi.Kernel) []string {
	var found []string
	for _, bus := range []string{"/sys/bus/virtio/devices", "/sys/bus/scsi/devices"} {
		entries, _ := os.ReadDir(k.Path(bus)) // the bus may not exist
		for _, e := range entries {
			device := path.Join(bus, e.Name())
			if _, err := os.Lstat(k.Path(device + "/driver")); err == nil {
				continue
			}
			name, _ := k.ReadFile(device + "/modalias")
			if slices.ContainsFunc(diskNames, func(prefix string) bool { return strings.HasPrefix(string(name), prefix) }) {
				found = append(found, e.Name())
			}
		}
	}
	return found
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
