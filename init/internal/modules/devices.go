//go:build linux

package modules

import (
	"os"
	"path"
	"slices"
	"strings"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// devicesDir returns the folder with the devices of a bus.
func devicesDir(bus string) string { return "/sys/bus/" + bus + "/devices" }

// loadForAll loads the drivers of all devices, in load order. The driver of a bus may
// add devices, so it looks again after each driver. The kernel has found a driver's
// devices when the call that loads it returns (kernel/module/main.c, do_init_module).
func (l *Loader) loadForAll() {
	l.lock.Lock()
	defer l.lock.Unlock()
	found := devices{kernel: l.kernel, names: map[string]string{}}
	for again := true; again; {
		again = false
		found.look(l.buses())
		for _, d := range l.drivers {
			if found.hasOneFor(d) && l.loadDriver(d) {
				again = true
				break
			}
		}
	}
}

// buses returns the buses for which there are drivers.
func (l *Loader) buses() []string {
	var all []string
	for _, d := range l.drivers {
		for _, a := range d.aliases {
			if !slices.Contains(all, a.bus) {
				all = append(all, a.bus)
			}
		}
	}
	return all
}

// devices holds the devices found so far, with their aliases, which do not change.
type devices struct {
	kernel *kernelapi.Kernel
	names  map[string]string // by path
}

// look finds new devices. A bus that the kernel does not know has no devices.
func (f *devices) look(buses []string) {
	for _, bus := range buses {
		entries, _ := os.ReadDir(f.kernel.Path(devicesDir(bus)))
		for _, e := range entries {
			file := path.Join(devicesDir(bus), e.Name(), "modalias")
			if _, known := f.names[file]; known {
				continue
			}
			content, _ := f.kernel.ReadFile(file) // many devices have no alias
			f.names[file] = strings.TrimSpace(string(content))
		}
	}
}

func (f *devices) hasOneFor(d driver) bool {
	for _, name := range f.names {
		if name != "" && d.fits(name) {
			return true
		}
	}
	return false
}
