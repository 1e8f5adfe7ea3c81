//go:build linux

package kernelapi

import (
	"math/bits"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Clock controls the kernel's clock and the hardware clock.
type Clock struct {
	Now func() time.Time
	// Step moves the clock at once by a duration, which may be negative.
	Step func(by time.Duration) error
	// Slew makes the kernel remove an offset gradually. worst is the largest error that
	// the clock may have; poll is the time until the next measurement.
	Slew func(offset, worst, poll time.Duration) error
	// SetHardware sets the hardware clock, which runs while the machine is off.
	SetHardware func(time.Time) error
}

// stepClock moves the clock at once (adjtimex(2)).
func stepClock(d time.Duration) error {
	seconds := int64(d / time.Second)
	rest := int64(d % time.Second)
	if rest < 0 { // the kernel accepts no negative nanoseconds
		seconds, rest = seconds-1, rest+int64(time.Second)
	}
	_, err := unix.Adjtimex(&unix.Timex{
		Modes: unix.ADJ_SETOFFSET | unix.ADJ_NANO,
		Time:  unix.Timeval{Sec: seconds, Usec: rest}, // nanoseconds, by ADJ_NANO
	})
	return err
}

// slewClock makes the kernel remove an offset gradually and learn from it how fast the
// clock runs (adjtimex(2); RFC 5905, appendix A.5.6.2). It also tells the kernel that
// the clock is synchronized, and its largest error.
func slewClock(offset, worst, poll time.Duration) error {
	_, err := unix.Adjtimex(&unix.Timex{
		Modes:    unix.ADJ_OFFSET | unix.ADJ_STATUS | unix.ADJ_TIMECONST | unix.ADJ_NANO | unix.ADJ_MAXERROR | unix.ADJ_ESTERROR,
		Offset:   int64(offset),
		Status:   unix.STA_PLL,
		Constant: int64(bits.Len64(uint64(poll/time.Second))) - 1 - pllShift,
		Maxerror: worst.Microseconds(),
		Esterror: worst.Microseconds(),
	})
	return err
}

// pllShift is subtracted from the binary logarithm of the poll interval in seconds: the
// result is the loop's time constant (linux/timex.h; RFC 5905, 11.3).
const pllShift = 4

// setHardwareClock sets the clock that runs while the machine is off: rtc(4).
func setHardwareClock(t time.Time) error {
	device, err := os.Open("/dev/rtc0")
	if os.IsNotExist(err) {
		return nil // this machine has none
	}
	if err != nil {
		return err
	}
	defer device.Close()
	t = t.UTC()
	return unix.IoctlSetRTCTime(int(device.Fd()), &unix.RTCTime{
		Sec: int32(t.Second()), Min: int32(t.Minute()), Hour: int32(t.Hour()),
		Mday: int32(t.Day()), Mon: int32(t.Month()) - 1, Year: int32(t.Year()) - 1900,
	})
}
