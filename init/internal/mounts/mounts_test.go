//go:build linux

package mounts

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

func TestMounts(t *testing.T) {
	f := kernelfake.New(t)
	f.Failures["mount devtmpfs dev"] = unix.EBUSY   // mounted by the kernel: no failure
	f.Failures["mount mqueue mqueue"] = unix.ENODEV // built without: no failure
	f.Failures["mount sysfs sys"] = unix.EPERM
	err := Mount(f.Kernel)
	if err == nil || !strings.Contains(err.Error(), "mounting sysfs on /sys: operation not permitted") {
		t.Errorf("the failure is %v", err)
	}
	if want := "mount proc proc, mount sysfs sys, mount devtmpfs dev, mount tmpfs shm, mount devpts pts, mount mqueue mqueue, mount cgroup2 cgroup"; f.Called() != want {
		t.Errorf("%s, want %s", f.Called(), want)
	}
	for name, want := range map[string]os.FileMode{"run": 0o755, "tmp": 0o777 | os.ModeSticky, "etc": 0o755} {
		info, err := os.Stat(f.Path(name))
		if err != nil || info.Mode()&(os.ModePerm|os.ModeSticky) != want {
			t.Errorf("/%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	if target, err := os.Readlink(f.Path("dev/fd")); target != "/proc/self/fd" {
		t.Errorf("/dev/fd leads to %s, %v", target, err)
	}
}

// TestRebootOnPanic: what the command line says of it holds.
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
