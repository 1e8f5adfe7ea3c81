//go:build linux

package service

import (
	"math/rand/v2"
	"time"
)

const (
	// The first delay before the program is started again, and how long it must
	// have run for the next failure to count as the first again.
	firstDelay = 100 * time.Millisecond
	ranWell    = time.Minute
)

// backoff grows with each failure in a row, up to longest.
type backoff struct {
	longest  time.Duration
	failures int
}

// next is how long to wait after a failure of a program that ran for so long:
// twice the last time, each a random tenth more or less, so that many machines
// do not do it all at once.
func (b *backoff) next(ran time.Duration) time.Duration {
	if ran >= ranWell {
		b.failures = 0
	}
	wait := b.longest
	if b.failures < 20 {
		wait = min(firstDelay<<b.failures, b.longest)
	}
	b.failures++
	return wait*9/10 + rand.N(max(wait/5, 1))
}
