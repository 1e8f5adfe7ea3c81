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

// activeConsoles lists the consoles that the kernel itself writes to
// (Documentation/ABI/testing/sysfs-tty).
const activeConsoles = "sys/class/tty/console/active"

// OpenConsoles begins to show lines on every active console.
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
		// A fatal fault of PID 1 goes to standard error, the kernel's last
		// console, and so is shown on the first one as well.
		if opened == 0 {
			_ = debug.SetCrashOutput(file, debug.CrashOptions{})
		}
		j.AddConsole(file)
		opened++
	}
	if opened == 0 {
		j.AddConsole(os.Stdout) // what the kernel gave PID 1
	}
	return failed
}

// consoleNames lists the active consoles, tty0 and ttyS0 if that is unknown.
func consoleNames(k *kernelapi.Kernel) []string {
	active, err := k.ReadFile(activeConsoles)
	names := strings.Fields(string(active))
	if err != nil || len(names) == 0 {
		return []string{"tty0", "ttyS0"}
	}
	slices.Reverse(names) // the kernel lists the preferred one, the last given, first
	return slices.Compact(names)
}
