//go:build linux

package volume

import (
	"os"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

// TestFindSays: a seed disk that is attached but cannot be used is reported.
func TestFindSays(t *testing.T) {
	devices := func(names map[string]string, bound ...string) func(*kernelfake.Kernel) {
		return func(k *kernelfake.Kernel) {
			for device, name := range names {
				k.WriteFile(t, "/sys/bus/"+device+"/modalias", name+"\n")
			}
			for _, device := range bound {
				k.WriteFile(t, "/sys/bus/"+device+"/driver/uevent", "")
			}
		}
	}
	ext4 := make([]byte, 4096)
	ext4[extSuperblock+offExtMagic], ext4[extSuperblock+offExtMagic+1] = 0x53, 0xef
	copy(ext4[extSuperblock+offExtLabel:], "cidata")
	tests := []struct {
		name string
		make func(*kernelfake.Kernel)
		want string
	}{
		{"nothing", func(*kernelfake.Kernel) {}, ""},
		{"only what it started from", devices(map[string]string{"virtio/devices/virtio1": "virtio:d00000002v00001AF4", "virtio/devices/virtio0": "virtio:d00000001v00001AF4"}), ""},
		{"two with drivers", devices(map[string]string{"virtio/devices/virtio1": "virtio:d00000002v00001AF4", "scsi/devices/1:0:0:0": "scsi:t-0x05"},
			"virtio/devices/virtio1", "scsi/devices/1:0:0:0"), ""},
		{"another without", devices(map[string]string{"virtio/devices/virtio1": "virtio:d00000002v00001AF4", "scsi/devices/1:0:0:0": "scsi:t-0x05", "scsi/devices/host1": ""}),
			"there is no driver for the disks virtio1, 1:0:0:0: bake with disk_drivers = true"},
		{"a file system that cannot be read", func(k *kernelfake.Kernel) {
			k.WriteFile(t, "/sys/class/block/sdb", "")
			k.WriteFile(t, "/dev/sdb", string(ext4))
		}, `cannot read files from a file system of type "ext4"`},
		{"none of the files", func(k *kernelfake.Kernel) {
			k.WriteFile(t, "/sys/class/block/sr0", "")
			disc, err := os.ReadFile(image(t, 1<<20, "mkfs.fat", "-n", "CIDATA", "IMAGE"))
			if err != nil {
				t.Fatal(err)
			}
			k.WriteFile(t, "/dev/sr0", string(disc))
		}, "it has none of user-data, meta-data in its top folder"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := kernelfake.New(t)
			test.make(k)
			_, err := Find(k.Kernel, "CIDATA", "user-data", "meta-data")
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
