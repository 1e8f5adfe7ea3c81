//go:build linux

package mounts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

// On this fake kernel a mounted file system does not hide the folder below it. The
// end-to-end tests look at a booted machine.
func TestMount(t *testing.T) {
	const kernels = "mount proc proc, mount sysfs sys, mount devtmpfs dev, mount devpts pts, mount mqueue mqueue, mount cgroup2 cgroup, mount tmpfs run"
	const whole = kernels + ", bind tmp tmp, bind var var, bind shm shm, bind run run, mount tmpfs machine"
	tests := []struct {
		name     string
		failures map[string]error
		called   string
		shown    string
	}{
		{"all", nil, whole, ""},
		{"mounted by the kernel", map[string]error{"mount devtmpfs dev": unix.EBUSY}, whole, ""},
		{"built without", map[string]error{"mount mqueue mqueue": unix.ENODEV}, whole, ""},
		{"a failure", map[string]error{"mount sysfs sys": unix.EPERM}, whole, "machine: mounts: mounting sysfs on /sys: operation not permitted"},
		{"no tmpfs", map[string]error{"mount tmpfs run": unix.ENODEV, "mount tmpfs machine": unix.ENODEV}, kernels + ", mount tmpfs machine",
			"machine: mounts: files in /tmp, /var, /dev/shm and /run have no size limit (does the kernel have TMPFS?): mounting tmpfs on /run: no such device"},
		{"one place fails", map[string]error{"bind var var": unix.EPERM}, whole, "machine: mounts: files in /var have no size limit: operation not permitted"},
		{"PID 1's own fails", map[string]error{"mount tmpfs machine": unix.ENOMEM}, whole, "machine: mounts: mounting tmpfs on /run/machine: cannot allocate memory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := kernelfake.New(t)
			for call, err := range test.failures {
				k.Failures[call] = err
			}
			k.WriteFile(t, "var/lib/x", "of the image")
			Mount(k.Kernel, k)
			if k.Called() != test.called {
				t.Errorf("%s, want %s", k.Called(), test.called)
			}
			if got := strings.TrimSpace(k.Shown()); got != test.shown {
				t.Errorf("it says %q, want %q", got, test.shown)
			}
			for name, want := range map[string]os.FileMode{"run": 0o755, "tmp": 0o777 | os.ModeSticky, "var": 0o755,
				"dev/shm": 0o777 | os.ModeSticky, "etc": 0o755, "run/machine": 0o755} {
				info, err := os.Stat(k.Path(name))
				if err != nil || info.Mode()&(os.ModePerm|os.ModeSticky) != want {
					t.Errorf("/%s: %v, want %v", name, err, want)
				}
			}
			where := "run/var/lib/x" // the pool's folder, which a machine sees as /var/lib/x
			if test.failures["bind var var"] != nil || test.failures["mount tmpfs run"] != nil {
				where = "var/lib/x"
			}
			if got := k.Content(t, where); got != "of the image" {
				t.Errorf("%s holds %q", where, got)
			}
			if target, err := os.Readlink(k.Path("dev/fd")); target != "/proc/self/fd" {
				t.Errorf("/dev/fd leads to %s, %v", target, err)
			}
		})
	}
}

// TestBounds: the pool may take a quarter of the available memory, and the root another
// quarter besides what it already holds.
func TestBounds(t *testing.T) {
	for _, test := range []struct {
		name       string
		root       int64 // type of its file system
		info       string
		remounted  string
		poolOption string
	}{
		{"tmpfs", unix.TMPFS_MAGIC, "MemTotal: 100 kB\nMemAvailable:      40 kB\n", "size=30720", "mode=0755,size=10240"},
		{"ramfs", unix.RAMFS_MAGIC, "MemAvailable: 40 kB\n", "", "mode=0755,size=10240"},
		{"unknown", unix.TMPFS_MAGIC, "", "", "mode=0755"},
		{"damaged", unix.TMPFS_MAGIC, "MemAvailable: x kB\n", "", "mode=0755"},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := kernelfake.New(t)
			k.WriteFile(t, "proc/meminfo", test.info)
			k.Statfs = func(_ string, fs *unix.Statfs_t) error {
				fs.Type, fs.Bsize, fs.Blocks, fs.Bfree = test.root, 4096, 100, 95
				return nil
			}
			got := map[string]string{}
			k.Mount = func(_, target, _ string, flags uintptr, options string) error {
				if flags == unix.MS_REMOUNT || flags&unix.MS_BIND == 0 && target == k.Path("run") {
					got[target] = options
				}
				return nil
			}
			Mount(k.Kernel, k)
			if got[k.Root] != test.remounted || got[k.Path("run")] != test.poolOption {
				t.Errorf("%v", got)
			}
		})
	}
	k := kernelfake.New(t)
	k.Statfs = func(string, *unix.Statfs_t) error { return unix.ENOSYS }
	Mount(k.Kernel, k)
	k.WantShown(t, "machine: mounts: finding out what the root holds: function not implemented")
}

// TestUnpacked: a root that the image has filled is reported.
func TestUnpacked(t *testing.T) {
	for free, want := range map[uint64]bool{0: true, 1: false} {
		k := kernelfake.New(t)
		k.Statfs = func(_ string, fs *unix.Statfs_t) error {
			fs.Type, fs.Bsize, fs.Blocks, fs.Bfree = unix.TMPFS_MAGIC, 4096, 15<<8, free
			return nil
		}
		Mount(k.Kernel, k)
		if got := strings.Contains(k.Shown(), "AND FILES OF IT ARE MISSING: more than 15 MiB, which"); got != want {
			t.Errorf("with %d free blocks: %s", free, k.Shown())
		}
	}
}

// TestWriteFile: the file at the path becomes a link, and a failure changes nothing.
func TestWriteFile(t *testing.T) {
	k := kernelfake.New(t)
	k.WriteFile(t, "etc/hosts", "of the image")
	for _, content := range []string{"one\n", "two\n", "two\n", ""} {
		if err := WriteFile(k.Kernel, "/etc/hosts", content); err != nil || k.Content(t, "etc/hosts") != content {
			t.Errorf("%q, %v, want %q", k.Content(t, "etc/hosts"), err, content)
		}
	}
	if target, err := os.Readlink(k.Path("etc/hosts")); target != "../run/machine/hosts" {
		t.Errorf("/etc/hosts leads to %s, %v", target, err)
	}
	if err := os.MkdirAll(k.Path("run/machine/hosts.part/full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(k.Kernel, "/etc/hosts", "three\n"); err == nil || k.Content(t, "etc/hosts") != "" {
		t.Errorf("%q, %v", k.Content(t, "etc/hosts"), err)
	}
	if err := os.RemoveAll(k.Path("run/machine/hosts.part")); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(k.Kernel, "/etc/hosts", "three\n"); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(k.Path("*/*.part")); left != nil {
		t.Errorf("%s is left", left)
	}
	if err := WriteFile(k.Kernel, "/none/such", "x"); err == nil {
		t.Error("a file without a folder is written")
	}
}

// TestRebootOnPanic: a time set on the command line stays.
func TestRebootOnPanic(t *testing.T) {
	f := kernelfake.New(t)
	if err := RebootOnPanic(f.Kernel); err == nil {
		t.Error("a setting that is not there is set")
	}
	for set, want := range map[string]string{"0\n": "10", "30\n": "30\n", "-1\n": "-1\n"} {
		f.WriteFile(t, panicTimeout, set)
		if err := RebootOnPanic(f.Kernel); err != nil || f.Content(t, panicTimeout) != want {
			t.Errorf("%q becomes %q, %v, want %q", set, f.Content(t, panicTimeout), err, want)
		}
	}
}
