package machine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
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
	f.background("watch", func() {
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
	f.failures["mount devtmpfs dev"] = unix.EBUSY // mounted by the kernel: no failure
	f.failures["mount sysfs sys"] = unix.EPERM
	err := f.mounts()
	if err == nil || !strings.Contains(err.Error(), "mounting sysfs on /sys: operation not permitted") {
		t.Errorf("the failure is %v", err)
	}
	if want := "mount proc proc, mount sysfs sys, mount devtmpfs dev, mount tmpfs shm"; f.called() != want {
		t.Errorf("%s, want %s", f.called(), want)
	}
	for name, want := range map[string]os.FileMode{"run": 0o755, "tmp": 0o777 | os.ModeSticky, "etc": 0o755} {
		info, err := os.Stat(filepath.Join(f.sys.root, name))
		if err != nil || info.Mode()&(os.ModePerm|os.ModeSticky) != want {
			t.Errorf("/%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	if target, err := os.Readlink(filepath.Join(f.sys.root, "dev/fd")); target != "/proc/self/fd" {
		t.Errorf("/dev/fd leads to %s, %v", target, err)
	}
}

func TestModules(t *testing.T) {
	f := newFake(t)
	f.config.Modules = []string{"/m/a.ko", "/m/b.ko", "/m/c.ko", "/m/d.ko"}
	f.failures["load b.ko"] = unix.EEXIST
	f.failures["load c.ko"] = unix.ENOEXEC
	if err := f.modules(); err != nil {
		t.Error(err)
	}
	if want := "load a.ko, load b.ko, load c.ko, load d.ko"; f.called() != want {
		t.Errorf("%s, want %s", f.called(), want)
	}
	f.wantShown(t, "machine: modules: loading /m/c.ko (was it made for another kernel, or is it compressed?): exec format error")
	if strings.Contains(f.shown(), "b.ko") {
		t.Error("a module that is there already is reported")
	}
}

func TestFiles(t *testing.T) {
	f := newFake(t)
	f.write(t, "etc/x", "")
	f.config.Hostname = "web"
	f.config.Network.DNS = []string{"10.0.2.3", "9.9.9.9"}
	f.failures["hostname web"] = unix.EPERM
	if err := f.files(); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{
		"etc/hostname":    "web\n",
		"etc/hosts":       "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 web\n",
		"etc/resolv.conf": "nameserver 10.0.2.3\nnameserver 9.9.9.9\n",
	} {
		if got := f.read(t, path); got != want {
			t.Errorf("%s holds %q, want %q", path, got, want)
		}
	}
	f.wantShown(t, `machine: files: setting the host name "web": operation not permitted`)
}

func TestConsoleNames(t *testing.T) {
	f := newFake(t)
	if got := strings.Join(f.consoleNames(), " "); got != "tty0 ttyS0" {
		t.Errorf("without sysfs: %s", got)
	}
	f.write(t, activeConsoles, "ttyS0 tty0\n")
	if got := strings.Join(f.consoleNames(), " "); got != "tty0 ttyS0" {
		t.Errorf("of the kernel's: %s", got)
	}
}

// TestConsoles opens what is there, and says what is not.
func TestConsoles(t *testing.T) {
	f := newFake(t)
	f.write(t, activeConsoles, "ttyS0 tty0\n")
	f.write(t, "dev/ttyS0", "")
	err := f.consoles()
	if err == nil || !strings.Contains(err.Error(), "opening the console tty0") {
		t.Errorf("failed with %v", err)
	}
	f.console.printf("hello")
	f.console.flush(5 * time.Second)
	if got := f.read(t, "dev/ttyS0"); got != "hello\r\n" {
		t.Errorf("ttyS0 shows %q", got)
	}
}
