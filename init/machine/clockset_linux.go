package machine

import (
	"context"
	"math/bits"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/sntp"
)

// clockSystem is what the clock asks of the kernel and of time servers.
type clockSystem struct {
	now         func() time.Time
	kernel      func() string // how it was built
	released    string        // the day of this package
	ask         func(ctx context.Context, server string) (sntp.Answer, error)
	step        func(by time.Duration) error
	slew        func(offset, worst, poll time.Duration) error
	setHardware func(time.Time) error
}

func linuxClock() clockSystem {
	return clockSystem{time.Now, kernelVersion, config.Released, sntp.Ask, stepClock, slewClock, setHardwareClock}
}

// timeServers are the time servers to ask.
type timeServers struct {
	changed  chan struct{} // has a token if they have changed
	answered chan struct{} // closed when the first has answered

	mu      sync.Mutex
	first   sync.Once
	servers []string
}

func newTimeServers() *timeServers {
	return &timeServers{changed: make(chan struct{}, 1), answered: make(chan struct{})}
}

// offer names servers, in the place of those before; none change nothing.
func (s *timeServers) offer(servers []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(servers) == 0 || slices.Equal(servers, s.servers) {
		return
	}
	s.servers = slices.Clone(servers)
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *timeServers) list() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.servers
}

// offerTimeServers is how those that the network names come in. The
// configuration's own come before them.
func (p *pid1) offerTimeServers(servers []netip.Addr) {
	if len(p.config.Clock.Servers) > 0 {
		return
	}
	var texts []string
	for _, s := range servers {
		texts = append(texts, s.String())
	}
	p.timeServers.offer(texts)
}

// correct makes the clock right: at once, or by and by.
func (p *pid1) correct(server string, a sntp.Answer, step bool, poll time.Duration) {
	slew := a.Offset
	if step {
		if err := p.sys.clock.step(a.Offset); err != nil {
			p.report("clock", errors.Wrap(err, "setting the clock"))
			return
		}
		slew = 0
		p.console.printf("machine: clock: set to %s by %s: it was off by %s", stamp(p.sys.clock.now()), server, a.Offset.Round(time.Millisecond))
	}
	if err := p.sys.clock.slew(slew, a.Delay/2+a.Distance, poll); err != nil {
		p.report("clock", errors.Wrap(err, "slewing the clock"))
		return
	}
	p.timeServers.first.Do(func() {
		if !step {
			p.console.printf("machine: clock: right by %s: it is off by %s", server, a.Offset.Round(time.Microsecond))
		}
		p.clockIs("set by " + server)
		p.atEnd("clock", func() error { return p.sys.clock.setHardware(p.sys.clock.now()) })
		close(p.timeServers.answered)
	})
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

// kernelVersion says how the kernel was built, as "#1 SMP Debian 6.1.158-1
// (2025-11-09)": uname(2).
func kernelVersion() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Version[:])
}
