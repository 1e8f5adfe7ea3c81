//go:build linux

package service

import "time"

// crashes tells a crash loop from a few failures: limit of them within window.
// With a limit of 0 there is never a loop.
type crashes struct {
	limit  int
	window time.Duration
	times  []time.Duration
}

// loop notes a failure at a time that never goes back, and reports
// whether it makes a loop.
func (c *crashes) loop(now time.Duration) bool {
	if c.limit <= 0 {
		return false
	}
	c.times = append(c.times, now)
	if len(c.times) > c.limit {
		c.times = c.times[1:]
	}
	return len(c.times) == c.limit && now-c.times[0] <= c.window
}
