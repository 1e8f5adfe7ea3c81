// Package supervise decides what becomes of a program that fails, and keeps
// what is known of it.
package supervise

import (
	"math/rand/v2"
	"time"
)

const (
	// The first delay before the program is started again, and how long it must
	// have run for the next failure to count as the first again.
	FirstDelay = 100 * time.Millisecond
	RanWell    = time.Minute
)

// Backoff grows with each failure in a row, up to Longest.
type Backoff struct {
	Longest  time.Duration
	failures int
}

// Next is how long to wait after a failure of a program that ran for so long:
// twice the last time, each a random tenth more or less, so that many machines
// do not do it all at once.
func (b *Backoff) Next(ran time.Duration) time.Duration {
	if ran >= RanWell {
		b.failures = 0
	}
	wait := b.Longest
	if b.failures < 20 {
		wait = min(FirstDelay<<b.failures, b.Longest)
	}
	b.failures++
	return wait*9/10 + rand.N(max(wait/5, 1))
}
