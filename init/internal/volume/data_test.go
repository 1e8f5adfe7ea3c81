//go:build linux

package volume

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

// machine is a machine on a kernel that the test plays, with or without a data disk.
type machine struct {
	*kernelfake.Kernel
	Data
	endings []func() error
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	f := &machine{Kernel: kernelfake.New(t)}
	f.Data = Data{Kernel: f.Kernel.Kernel, Report: f.Kernel, AtEnd: func(_ string, run func() error) { f.endings = append(f.endings, run) }}
	return f
}

// stage mounts the disk, and reports an error in the way a stage of the boot does.
func (f *machine) stage() (dir string) {
	dir, err := f.Data.Mount()
	if err != nil {
		f.Kernel.Report("data", err)
	}
	return dir
}

// disk gives the machine a disk of 17 MiB.
func (f *machine) disk(t *testing.T, name, ro, removable string, content map[int64]string) {
	t.Helper()
	about := blockDevices + "/" + name
	f.WriteFile(t, about+"/ro", ro+"\n")
	f.WriteFile(t, about+"/removable", removable+"\n")
	f.WriteFile(t, "dev/"+name, "")
	disk, err := os.OpenFile(f.Path("dev/"+name), os.O_RDWR, 0)
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

// extDisk returns the parts of an ext4 file system that we read.
func extDisk(label string) map[int64]string {
	return map[int64]string{1024 + 56: "\x53\xef", 1024 + 58: "\x01\x00", 1024 + 120: label}
}

func TestData(t *testing.T) {
	blank := map[int64]string(nil)
	tests := []struct {
		name    string
		config  config.Data
		disks   func(t *testing.T, f *machine)
		done    string // the calls to the kernel
		said    string
		dataDir string
	}{
		{"none", config.Data{}, func(*testing.T, *machine) {}, "", "", ""},
		{"labelled", config.Data{}, func(t *testing.T, f *machine) {
			f.disk(t, "vda", "0", "0", extDisk("other"))
			f.disk(t, "vdb", "0", "0", extDisk("scratch-data"))
		}, "mount ext4 data", "/dev/vdb is on /data", "/data"},
		{"elsewhere", config.Data{Path: "/srv/db", Format: true}, func(t *testing.T, f *machine) {
			f.disk(t, "vda", "0", "0", blank)
			f.disk(t, "vdb", "0", "0", extDisk("scratch-data"))
		}, "mount ext4 db", "/dev/vdb is on /srv/db", "/srv/db"},
		{"left in a hurry, with faults", config.Data{}, func(t *testing.T, f *machine) {
			content := extDisk("scratch-data")
			content[1024+58], content[1024+96] = "\x02", "\x04"
			f.disk(t, "vda", "0", "0", content)
		}, "mount ext4 data", "was not unmounted the last time\r\nmachine: data: .../dev/vda has faults", "/data"},
		{"without a driver", config.Data{}, func(t *testing.T, f *machine) {
			f.Failures["mount ext4 data"] = unix.ENODEV
			f.disk(t, "vda", "0", "0", extDisk("scratch-data"))
		}, "mount ext4 data", "on /data as ext4 (the kernel has no driver for it: bake its module): no such device", ""},
		{"blank, but nobody said so", config.Data{}, func(t *testing.T, f *machine) { f.disk(t, "vda", "0", "0", blank) }, "", "", ""},
		{"blank", config.Data{Format: true}, func(t *testing.T, f *machine) {
			f.disk(t, "sr0", "1", "1", blank)
			f.disk(t, "vda", "0", "0", blank)
		}, "format vda scratch-data, mount ext4 data", "/dev/vda is blank: making a file system on it", "/data"},
		{"two blank ones", config.Data{Format: true}, func(t *testing.T, f *machine) {
			f.disk(t, "vda", "0", "0", blank)
			f.disk(t, "vdb", "0", "0", blank)
		}, "", "there are several blank disks", ""},
		{"something in the middle", config.Data{Format: true}, func(t *testing.T, f *machine) {
			f.disk(t, "vda", "0", "0", map[int64]string{9<<20 + 17: "x"})
		}, "", "/dev/vda: it is not blank: there is something at byte 9437201; no more disks", ""},
		{"read-only, removable, a partition", config.Data{Format: true}, func(t *testing.T, f *machine) {
			f.disk(t, "vda", "1", "0", blank)
			f.disk(t, "vdb", "0", "1", blank)
			f.disk(t, "vdc1", "0", "0", blank)
			f.WriteFile(t, blockDevices+"/vdc1/partition", "1")
		}, "", "/dev/vda: it is read-only; .../dev/vdb: it is removable; .../dev/vdc1: it is a partition; no more disks", ""},
		{"no formatter", config.Data{Format: true}, func(t *testing.T, f *machine) {
			f.disk(t, "vda", "0", "0", blank)
			f.Format = nil
		}, "", "give machine.Run the option WithFormat", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newMachine(t)
			f.Config = test.config
			f.Format = func(disk *os.File, _ int64, label string) error {
				return f.Call("format " + filepath.Base(disk.Name()) + " " + label)
			}
			test.disks(t, f)
			dir := f.stage()
			if f.Called() != test.done {
				t.Errorf("%q, want %q", f.Called(), test.done)
			}
			said := strings.ReplaceAll(f.Shown(), f.Root, "...")
			if !strings.Contains(said, test.said) || (said == "") != (test.said == "") {
				t.Errorf("%q, want %q", said, test.said)
			}
			if dir != test.dataDir {
				t.Errorf("it is at %q, want %q", dir, test.dataDir)
			}
		})
	}
}

// TestDataOwner: the program's user owns the disk, if the file system has owners.
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
			f := newMachine(t)
			f.UID, f.GID = test.program.UID, test.program.GID
			f.disk(t, "vda", "0", "0", test.content)
			f.stage()
			if f.Called() != test.done {
				t.Errorf("%q, want %q; %s", f.Called(), test.done, f.Shown())
			}
		})
	}
}

// TestDataOfAnother: files that the program may not change are reported.
func TestDataOfAnother(t *testing.T) {
	const line = "machine: data: file belongs to user %d, and the program runs as user %d"
	for file, want := range map[string]bool{"file": true, "lost+found": false} {
		f := newMachine(t)
		f.WriteFile(t, "data/"+file, "")
		owner := uint32(os.Getuid())
		f.UID = owner + 1
		f.disk(t, "vda", "0", "0", extDisk("scratch-data"))
		f.stage()
		if got := strings.Contains(f.Shown(), fmt.Sprintf(line, owner, owner+1)); got != want {
			t.Errorf("%s: said %v:\n%s", file, got, f.Shown())
		}
	}
}

// TestDataEnd: the disk is unmounted when the machine ends.
func TestDataEnd(t *testing.T) {
	f := newMachine(t)
	f.disk(t, "vda", "0", "0", extDisk("scratch-data"))
	f.stage()
	for _, end := range f.endings {
		if err := end(); err != nil {
			t.Error(err)
		}
	}
	if want := "mount ext4 data, unmount data"; f.Called() != want {
		t.Errorf("%s, want %s", f.Called(), want)
	}
}
