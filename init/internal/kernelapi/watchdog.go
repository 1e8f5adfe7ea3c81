//go:build linux

package kernelapi

import (
	"os"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// Watchdog is an armed device: it resets the machine unless it is fed in time, even
// after it is closed (Documentation/watchdog/watchdog-api.rst).
type Watchdog interface {
	// Feed restarts the timeout.
	Feed() error
	// Disarm stops the timeout, unless the driver was loaded with its option nowayout.
	Disarm() error
}

type watchdog struct{ file *os.File }

// openWatchdog arms the device at a path. It resets the machine after this many seconds
// without being fed.
func openWatchdog(path string, seconds int) (Watchdog, error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if os.IsNotExist(err) {
		return nil, errors.Wrap(err, "opening the watchdog (is its driver, such as i6300esb or softdog, among the modules?)")
	}
	if err != nil {
		return nil, errors.Wrap(err, "opening the watchdog")
	}
	w := watchdog{file}
	if err := unix.IoctlSetPointerInt(int(file.Fd()), unix.WDIOC_SETTIMEOUT, seconds); err != nil {
		_ = w.Disarm()
		return nil, errors.Wrapf(err, "setting the watchdog %s to %d s", path, seconds)
	}
	return w, nil
}

func (w watchdog) Feed() error {
	return errors.Wrap(unix.IoctlWatchdogKeepalive(int(w.file.Fd())), "feeding the watchdog")
}

// Disarm writes "V", the "magic close" of the API, and closes the device.
func (w watchdog) Disarm() error {
	_, err := w.file.WriteString("V")
	if closing := w.file.Close(); err == nil {
		err = closing
	}
	return errors.Wrap(err, "disarming the watchdog")
}
