//go:build linux

// Package modules loads kernel modules. Which modules to load, in what order, and what
// the kernel's errors mean belongs here.
package modules

import (
	"path"
	"sync"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// Loader loads the machine's modules.
type Loader struct {
	kernel *kernelapi.Kernel
	report report.Reporter

	lock    sync.Mutex
	drivers []driver
	tried   map[string]bool // the files that were already given to the kernel
}

// New returns a loader that has loaded nothing.
func New(k *kernelapi.Kernel, r report.Reporter) *Loader {
	return &Loader{kernel: k, report: r, tried: map[string]bool{}}
}

// Load loads modules in the given order. It reports a module that fails and goes on
// with the next.
func (l *Loader) Load(paths []string) {
	l.lock.Lock()
	defer l.lock.Unlock()
	for _, path := range paths {
		l.load(path)
	}
}

// LoadForDevices loads the drivers of all devices, and later of devices that appear. It
// needs /sys.
func (l *Loader) LoadForDevices() error {
	var err error
	if l.drivers, err = readLists(l.kernel); err != nil || len(l.drivers) == 0 {
		return err
	}
	devices, err := l.kernel.WatchDevices() // watch first, so that no device is missed
	if err != nil {
		l.report.Report("modules", errors.Wrap(err, "watching for devices that appear later"))
	} else {
		report.Go(l.report, "modules", func() {
			for device := range devices {
				l.loadFor(device)
			}
		})
	}
	l.loadForAll()
	return nil
}

// loadFor loads the drivers of a device. Like the kernel's own modprobe, it loads all
// that match.
func (l *Loader) loadFor(device string) {
	l.lock.Lock()
	defer l.lock.Unlock()
	for _, d := range l.drivers {
		if d.fits(device) {
			l.loadDriver(d)
		}
	}
}

// loadDriver loads a driver and, before it, what it needs. It returns true the first
// time that it tries this driver.
func (l *Loader) loadDriver(d driver) bool {
	dir := config.ModulesDir + l.kernel.Release()
	first := !l.tried[path.Join(dir, d.file)]
	for _, file := range append(d.needs, d.file) {
		l.load(path.Join(dir, file))
	}
	return first
}

func (l *Loader) load(file string) {
	if l.tried[file] {
		return
	}
	l.tried[file] = true
	err := l.kernel.LoadModule(l.kernel.Path(file))
	if err == nil || kernelapi.Errno(err) == unix.EEXIST { // it is loaded already, or built in
		return
	}
	l.report.Report("modules", errors.Wrapf(err, "loading %s%s", file, hint(kernelapi.Errno(err))))
}

// hint returns what an error of finit_module(2) usually means.
func hint(number error) string {
	switch number {
	case unix.ENOEXEC:
		return " (was it made for another kernel, or is it compressed?)"
	case unix.ENOENT:
		return " (the file or a module that it needs is missing)"
	case unix.EKEYREJECTED, unix.ENOKEY:
		return " (the kernel takes signed modules only)"
	}
	return ""
}
