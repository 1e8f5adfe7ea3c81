//go:build linux

package service

import (
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// longestSleep is how long a timer sleeps at most: the clock may be set, and the
// machine suspended, meanwhile.
const longestSleep = time.Minute

// alarm tells when a timer is due: an interval by the time since the kernel started,
// the calendar by the clock.
type alarm struct {
	kernel   *kernelapi.Kernel
	schedule config.Schedule
	zone     *time.Location
	next     time.Duration // when an interval is over
	from     time.Time     // after this time the calendar's next counts
}

func newAlarm(k *kernelapi.Kernel, s config.Schedule) *alarm {
	a := &alarm{kernel: k, schedule: s, zone: localZone(k), next: k.Uptime() + s.Interval}
	a.from = a.clock()
	return a
}

func (a *alarm) clock() time.Time { return a.kernel.Clock.Now().In(a.zone) }

// wait is how long it is until the timer is due, 0 or less if it is.
func (a *alarm) wait() time.Duration {
	if a.schedule.Interval > 0 {
		return a.next - a.kernel.Uptime()
	}
	now := a.clock()
	if now.Before(a.from) { // the clock was set back
		a.from = now
	}
	return a.schedule.Next(a.from).Sub(now)
}

// advance goes on to the next time that is not past. Those that were missed together
// count as one.
func (a *alarm) advance() {
	a.from = a.clock()
	if i := a.schedule.Interval; i > 0 {
		a.next += (a.kernel.Uptime()-a.next)/i*i + i
	}
}

// localZone is the machine's time zone (localtime(5)), UTC if it has none.
func localZone(k *kernelapi.Kernel) *time.Location {
	content, err := k.ReadFile("etc/localtime")
	if err != nil {
		return time.UTC
	}
	zone, err := time.LoadLocationFromTZData("Local", content)
	if err != nil {
		return time.UTC
	}
	return zone
}
