package machine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// TestStageGoesOn: neither an error nor a panic in a stage stops the next.
func TestStageGoesOn(t *testing.T) {
	f := newFake(t)
	f.stage("first", func() error { return errors.New("no such thing") })
	f.stage("second", func() error { panic("a fault") })
	reached := false
	f.stage("third", func() error { reached = true; return nil })
	if !reached {
		t.Error("the third stage did not run")
	}
	f.wantShown(t, "machine: first: no such thing\r\n", "machine: second: panic: a fault", "stages_linux_test.go")
}

// TestBackground: what goes on beside the stages survives a panic.
func TestBackground(t *testing.T) {
	f := newFake(t)
	runs := make(chan int, 2)
	n := 0
	report.Go(f, "watch", func() {
		n++
		runs <- n
		if n == 1 {
			panic("once")
		}
	})
	<-runs
	<-runs
	f.wantShown(t, "machine: watch: panic: once")
}

func TestMounts(t *testing.T) {
	f := newFake(t)
	f.Failures["mount devtmpfs dev"] = unix.EBUSY   // mounted by the kernel: no failure
	f.Failures["mount mqueue mqueue"] = unix.ENODEV // built without: no failure
	f.Failures["mount sysfs sys"] = unix.EPERM
	err := f.mounts()
	if err == nil || !strings.Contains(err.Error(), "mounting sysfs on /sys: operation not permitted") {
		t.Errorf("the failure is %v", err)
	}
	if want := "mount proc proc, mount sysfs sys, mount devtmpfs dev, mount tmpfs shm, mount devpts pts, mount mqueue mqueue, mount cgroup2 cgroup"; f.Called() != want {
		t.Errorf("%s, want %s", f.Called(), want)
	}
	for name, want := range map[string]os.FileMode{"run": 0o755, "tmp": 0o777 | os.ModeSticky, "etc": 0o755} {
		info, err := os.Stat(filepath.Join(f.Kernel.Kernel.Root, name))
		if err != nil || info.Mode()&(os.ModePerm|os.ModeSticky) != want {
			t.Errorf("/%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	if target, err := os.Readlink(filepath.Join(f.Kernel.Kernel.Root, "dev/fd")); target != "/proc/self/fd" {
		t.Errorf("/dev/fd leads to %s, %v", target, err)
	}
}

// TestRebootOnPanic: what the command line says of it holds.
func TestRebootOnPanic(t *testing.T) {
	f := newFake(t)
	if err := f.rebootOnPanic(); err == nil {
		t.Error("a setting that is not there is set")
	}
	for set, want := range map[string]string{"0\n": "10", "30\n": "30\n", "-1\n": "-1\n"} {
		f.WriteFile(t, panicTimeout, set)
		if err := f.rebootOnPanic(); err != nil || f.Content(t, panicTimeout) != want {
			t.Errorf("%q becomes %q, %v, want %q", set, f.Content(t, panicTimeout), err, want)
		}
	}
}

func TestFiles(t *testing.T) {
	f := newFake(t)
	f.WriteFile(t, "etc/x", "")
	f.config.Hostname = "web"
	f.config.Network.DNS = []string{"10.0.2.3", "9.9.9.9"}
	f.Failures["hostname web"] = unix.EPERM
	if err := f.files(); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{
		"etc/hostname":    "web\n",
		"etc/hosts":       "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 web\n",
		"etc/resolv.conf": "nameserver 10.0.2.3\nnameserver 9.9.9.9\n",
		"etc/machine-id":  "00000000000000000000000000000000\n", // the fake kernel's random numbers
	} {
		if got := f.Content(t, path); got != want {
			t.Errorf("%s holds %q, want %q", path, got, want)
		}
	}
	f.wantShown(t, `machine: files: setting the host name "web": operation not permitted`)
}
