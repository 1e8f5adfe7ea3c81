//go:build linux

package network

import (
	"sync"
	"testing"
	"time"
)

// handClock moves only when the test moves it. So nothing comes early or late, however
// busy the host is.
type handClock struct {
	mu     sync.Mutex
	now    time.Duration
	alarms []alarm
}

type alarm struct {
	at    time.Duration
	rings chan time.Time
}

// Uptime and After replace those of kernelapi.Kernel.

func (c *handClock) Uptime() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := alarm{c.now + d, make(chan time.Time, 1)}
	if d <= 0 {
		a.rings <- time.Time{}
		return a.rings
	}
	c.alarms = append(c.alarms, a)
	return a.rings
}

// pass moves the clock forward.
func (c *handClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += d
	left := c.alarms[:0]
	for _, a := range c.alarms {
		if a.at <= c.now {
			a.rings <- time.Time{}
			continue
		}
		left = append(left, a)
	}
	c.alarms = left
}

func TestHandClock(t *testing.T) {
	var c handClock
	soon, late := c.After(time.Second), c.After(time.Minute)
	<-c.After(0)
	c.pass(time.Second)
	<-soon
	select {
	case <-late:
		t.Error("the alarm rings too early")
	default:
	}
	c.pass(time.Hour)
	<-late
	if c.Uptime() != time.Hour+time.Second || len(c.alarms) != 0 {
		t.Errorf("%s, %d alarms", c.Uptime(), len(c.alarms))
	}
}
