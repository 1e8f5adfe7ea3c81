package supervise

import "time"

// Crashes tells a crash loop from a few failures: Limit of them within Window.
// With a Limit of 0 there is never a loop.
type Crashes struct {
	Limit  int
	Window time.Duration
	times  []time.Duration
}

// Loop takes note of a failure at a time that never goes back, and tells
// whether it makes a loop.
func (c *Crashes) Loop(now time.Duration) bool {
	if c.Limit <= 0 {
		return false
	}
	c.times = append(c.times, now)
	if len(c.times) > c.Limit {
		c.times = c.times[1:]
	}
	return len(c.times) == c.Limit && now-c.times[0] <= c.Window
}
