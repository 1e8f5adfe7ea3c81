package machine

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// activeConsoles lists the consoles that the kernel itself writes to
// (Documentation/ABI/testing/sysfs-tty).
const activeConsoles = "sys/class/tty/console/active"

// consoles opens every active console.
func (p *pid1) consoles() error {
	defer p.console.opened()
	var failed error
	opened := 0
	for _, name := range p.consoleNames() {
		file, err := os.OpenFile(filepath.Join(p.sys.root, "dev", name), os.O_WRONLY|unix.O_NOCTTY, 0)
		if err != nil {
			failed = errors.Wrapf(err, "opening the console %s", name)
			continue
		}
		// A fatal fault of PID 1 goes to standard error, the kernel's last
		// console, and so is shown on the first one as well.
		if opened == 0 {
			_ = debug.SetCrashOutput(file, debug.CrashOptions{})
		}
		p.console.add(file)
		opened++
	}
	if opened == 0 {
		p.console.add(fallback())
	}
	return failed
}

// consoleNames lists the active consoles, tty0 and ttyS0 if that is unknown.
func (p *pid1) consoleNames() []string {
	active, err := os.ReadFile(filepath.Join(p.sys.root, activeConsoles))
	names := strings.Fields(string(active))
	if err != nil || len(names) == 0 {
		return []string{"tty0", "ttyS0"}
	}
	slices.Reverse(names) // the kernel lists the preferred one, the last given, first
	return slices.Compact(names)
}
