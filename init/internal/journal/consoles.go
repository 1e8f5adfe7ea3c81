//go:build linux

package journal

import (
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// activeConsoles is the file that lists the consoles to which the kernel writes
// (Documentation/ABI/testing/sysfs-tty).
const activeConsoles = "sys/class/tty/console/active"

// OpenConsoles opens every active console and shows the log there.
func (j *Journal) OpenConsoles(k *kernelapi.Kernel) error {
	defer j.opened()
	var failed error
	opened := 0
	for _, name := range consoleNames(k) {
		file, err := os.OpenFile(k.Path("dev/"+name), os.O_WRONLY|unix.O_NOCTTY, 0)
		if err != nil {
			failed = errors.Wrapf(err, "opening the console %s", name)
			continue
		}
		// A fatal fault of PID 1 is written to standard error, which is the kernel's
		// last console. Show it on the first console too.
		if opened == 0 {
			_ = debug.SetCrashOutput(file, debug.CrashOptions{})
		}
		j.AddConsole(file)
		opened++
	}
	if opened == 0 {
		j.AddConsole(os.Stdout) // the console that the kernel gave PID 1
	}
	return failed
}

// consoleNames returns the names of the active consoles, or tty0 and ttyS0 if they are
// unknown.
func consoleNames(k *kernelapi.Kernel) []string {
	active, err := k.ReadFile(activeConsoles)
	names := strings.Fields(string(active))
	if err != nil || len(names) == 0 {
		return []string{"tty0", "ttyS0"}
	}
	slices.Reverse(names) // the kernel lists the preferred console first; it is the last on the command line
	return slices.Compact(names)
}
