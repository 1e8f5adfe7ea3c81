//go:build linux

package kernelapi

import (
	"math/bits"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Clock is the kernel's clock, and the hardware's behind it.
type Clock struct {
	Now func() time.Time
	// Step adds to the clock, at once.
	Step func(by time.Duration) error
	// Slew has the kernel remove an offset gradually. worst is by how much the
	// clock may be wrong, and poll the time until the next measurement.
	Slew func(offset, worst, poll time.Duration) error
	// SetHardware sets the clock that goes on while the machine is off.
	SetHardware func(time.Time) error
}

// stepClock adds to the clock, at once (adjtimex(2)).
func stepClock(d time.Duration) error {
	seconds := int64(d / time.Second)
	rest := int64(d % time.Second)
	if rest < 0 { // the kernel wants none that is negative
		seconds, rest = seconds-1, rest+int64(time.Second)
	}
	_, err := unix.Adjtimex(&unix.Timex{
		Modes: unix.ADJ_SETOFFSET | unix.ADJ_NANO,
		Time:  unix.Timeval{Sec: seconds, Usec: rest}, // nanoseconds, by ADJ_NANO
	})
	return err
}

// slewClock has the kernel take an offset away by and by, and learn from it how
// fast the clock runs (adjtimex(2); RFC 5905, appendix A.5.6.2). It also tells
// the kernel that the clock is right, by an error at most.
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

// pllShift is what the loop's time constant is less than the binary logarithm
// of the time between answers (linux/timex.h; RFC 5905, 11.3).
const pllShift = 4

// setHardwareClock sets the clock that goes on while the machine is off: rtc(4).
func setHardwareClock(t time.Time) error {
	device, err := os.Open("/dev/rtc0")
	if os.IsNotExist(err) {
		return nil // a machine without one
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
