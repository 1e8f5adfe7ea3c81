package machine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// disk gives the machine a disk of 17 MiB.
func (f *fake) disk(t *testing.T, name, ro, removable string, content map[int64]string) {
	t.Helper()
	about := blockDevices + "/" + name
	f.write(t, about+"/ro", ro+"\n")
	f.write(t, about+"/removable", removable+"\n")
	f.write(t, "dev/"+name, "")
	disk, err := os.OpenFile(filepath.Join(f.sys.root, "dev", name), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	if err := disk.Truncate(17 << 20); err != nil {
		t.Fatal(err)
	}
	for at, text := range content {
		if _, err := disk.WriteAt([]byte(text), at); err != nil {
			t.Fatal(err)
		}
	}
}

// extDisk is as much of an ext4 file system as is looked at.
func extDisk(label string) map[int64]string {
	return map[int64]string{1024 + 56: "\x53\xef", 1024 + 58: "\x01\x00", 1024 + 120: label}
}

func TestData(t *testing.T) {
	blank := map[int64]string(nil)
	tests := []struct {
		name    string
		config  config.Data
		disks   func(t *testing.T, f *fake)
		done    string // of what was done to the machine
		said    string
		dataDir string
	}{
		{"none", config.Data{}, func(*testing.T, *fake) {}, "", "", ""},
		{"labelled", config.Data{}, func(t *testing.T, f *fake) {
			f.disk(t, "vda", "0", "0", extDisk("other"))
			f.disk(t, "vdb", "0", "0", extDisk("scratch-data"))
		}, "mount ext4 data", "/dev/vdb is on /data", "/data"},
		{"elsewhere", config.Data{Path: "/srv/db", Format: true}, func(t *testing.T, f *fake) {
			f.disk(t, "vda", "0", "0", blank)
			f.disk(t, "vdb", "0", "0", extDisk("scratch-data"))
		}, "mount ext4 db", "/dev/vdb is on /srv/db", "/srv/db"},
		{"left in a hurry, with faults", config.Data{}, func(t *testing.T, f *fake) {
			content := extDisk("scratch-data")
			content[1024+58], content[1024+96] = "\x02", "\x04"
			f.disk(t, "vda", "0", "0", content)
		}, "mount ext4 data", "was not unmounted the last time\r\nmachine: data: .../dev/vda has faults", "/data"},
		{"without a driver", config.Data{}, func(t *testing.T, f *fake) {
			f.failures["mount ext4 data"] = unix.ENODEV
			f.disk(t, "vda", "0", "0", extDisk("scratch-data"))
		}, "mount ext4 data", "on /data as ext4 (the kernel has no driver for it: bake its module): no such device", ""},
		{"blank, but nobody said so", config.Data{}, func(t *testing.T, f *fake) { f.disk(t, "vda", "0", "0", blank) }, "", "", ""},
		{"blank", config.Data{Format: true}, func(t *testing.T, f *fake) {
			f.disk(t, "sr0", "1", "1", blank)
			f.disk(t, "vda", "0", "0", blank)
		}, "format vda scratch-data, mount ext4 data", "/dev/vda is blank: making a file system on it", "/data"},
		{"two blank ones", config.Data{Format: true}, func(t *testing.T, f *fake) {
			f.disk(t, "vda", "0", "0", blank)
			f.disk(t, "vdb", "0", "0", blank)
		}, "", "there are several blank disks", ""},
		{"something in the middle", config.Data{Format: true}, func(t *testing.T, f *fake) {
			f.disk(t, "vda", "0", "0", map[int64]string{9<<20 + 17: "x"})
		}, "", "/dev/vda: it is not blank: there is something at byte 9437201; no more disks", ""},
		{"read-only, removable, a partition", config.Data{Format: true}, func(t *testing.T, f *fake) {
			f.disk(t, "vda", "1", "0", blank)
			f.disk(t, "vdb", "0", "1", blank)
			f.disk(t, "vdc1", "0", "0", blank)
			f.write(t, blockDevices+"/vdc1/partition", "1")
		}, "", "/dev/vda: it is read-only; .../dev/vdb: it is removable; .../dev/vdc1: it is a partition; no more disks", ""},
		{"no formatter", config.Data{Format: true}, func(t *testing.T, f *fake) {
			f.disk(t, "vda", "0", "0", blank)
			f.settings.format = nil
		}, "", "give machine.Run the option WithFormat", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.config.Data = test.config
			f.settings.format = func(disk *os.File, _ int64, label string) error {
				return f.call("format " + filepath.Base(disk.Name()) + " " + label)
			}
			test.disks(t, f)
			f.stage("data", f.data)
			if f.called() != test.done {
				t.Errorf("%q, want %q", f.called(), test.done)
			}
			said := strings.ReplaceAll(f.shown(), f.sys.root, "...")
			if !strings.Contains(said, test.said) || (said == "") != (test.said == "") {
				t.Errorf("%q, want %q", said, test.said)
			}
			env := strings.Join(f.environment(), " ")
			if f.dataDir != test.dataDir || strings.Contains(env, "DATA_DIR="+test.dataDir) != (test.dataDir != "") {
				t.Errorf("it is at %q; %s", f.dataDir, env)
			}
		})
	}
}

// TestDataOwner: the disk belongs to the program's user, where it can.
func TestDataOwner(t *testing.T) {
	fat := map[int64]string{510: "\x55\xaa", 11: "\x00\x02\x01\x01\x00\x02\x00\x02\x00\x88\xf8\x20\x00", 43: "SCRATCHDATA", 54: "FAT16   "}
	tests := []struct {
		name    string
		content map[int64]string
		program config.Program
		done    string
	}{
		{"root's", extDisk("scratch-data"), config.Program{}, "mount ext4 data"},
		{"a user's", extDisk("scratch-data"), config.Program{UID: 1000, GID: 100}, "mount ext4 data, chown data 1000 100"},
		{"FAT", fat, config.Program{}, "mount vfat data"},
		{"a user's FAT", fat, config.Program{UID: 1000}, "mount vfat data,uid=1000,gid=0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.config.Program = test.program
			f.disk(t, "vda", "0", "0", test.content)
			f.stage("data", f.data)
			if f.called() != test.done {
				t.Errorf("%q, want %q; %s", f.called(), test.done, f.shown())
			}
		})
	}
}

// TestDataEnd: the disk is unmounted when the machine ends.
func TestDataEnd(t *testing.T) {
	f := newFake(t)
	f.disk(t, "vda", "0", "0", extDisk("scratch-data"))
	f.stage("data", f.data)
	for _, e := range f.endings {
		f.within(e)
	}
	if want := "mount ext4 data, unmount data"; f.called() != want {
		t.Errorf("%s, want %s", f.called(), want)
	}
}
