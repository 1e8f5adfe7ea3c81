// Package watchdog keeps a watchdog device from resetting the machine
// (Documentation/watchdog/watchdog-api.rst).
package watchdog

import (
	"os"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// Device is an armed watchdog. It resets the machine unless it is fed in time,
// also when nobody has it open any more.
type Device struct{ file *os.File }

// Open arms a device to reset the machine after so many seconds without food.
func Open(path string, seconds int) (*Device, error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if os.IsNotExist(err) {
		return nil, errors.Wrap(err, "opening the watchdog (is its driver, such as i6300esb or softdog, among the modules?)")
	}
	if err != nil {
		return nil, errors.Wrap(err, "opening the watchdog")
	}
	d := &Device{file}
	if err := unix.IoctlSetPointerInt(int(file.Fd()), unix.WDIOC_SETTIMEOUT, seconds); err != nil {
		_ = d.Disarm()
		return nil, errors.Wrapf(err, "setting the watchdog %s to %d s", path, seconds)
	}
	return d, nil
}

// Feed gives the machine the whole time again.
func (d *Device) Feed() error {
	return errors.Wrap(unix.IoctlWatchdogKeepalive(int(d.file.Fd())), "feeding the watchdog")
}

// Disarm leaves the machine alone, unless the driver was told never to (its
// option nowayout). The letter is the API's "magic close".
func (d *Device) Disarm() error {
	_, err := d.file.WriteString("V")
	if closing := d.file.Close(); err == nil {
		err = closing
	}
	return errors.Wrap(err, "disarming the watchdog")
}
