package clock

import "time"

const (
	// stepAtStart is the offset from which a clock that was not yet set by a
	// server is set (RFC 5905, 7.2, STEPT). Smaller ones are slewed.
	stepAtStart = 125 * time.Millisecond
	// stepLater is the offset from which a clock is set later on: more than that
	// the kernel does not slew (linux/timex.h, MAXPHASE). Only a machine that
	// was asleep is so far off.
	stepLater = 500 * time.Millisecond

	// The time between two questions to a server: at first, and at most
	// (RFC 5905, 7.2: MINPOLL is 16 s, but 64 s is usual; MAXPOLL is far more).
	shortestPoll = 64 * time.Second
	longestPoll  = 1024 * time.Second
	// goodOffset is one at which a server is asked half as often.
	goodOffset = 10 * time.Millisecond

	// The time after which a server that did not answer is asked again: at
	// first, and at most.
	shortestRetry = 250 * time.Millisecond
	longestRetry  = 64 * time.Second
	// reportedFailure is the one in a row that is worth to be told. The first may
	// only mean that there is an address and not yet a route.
	reportedFailure = 3
)

// discipline keeps a clock right.
type discipline struct {
	set     bool
	poll    time.Duration
	retries int
}

// correct takes an offset and says whether the clock is to be set, rather than
// slewed, and when to ask again.
func (d *discipline) correct(offset time.Duration) (step bool, next time.Duration) {
	limit := stepLater
	if !d.set {
		limit = stepAtStart
	}
	step = offset.Abs() > limit
	switch {
	case step || d.poll == 0 || offset.Abs() > stepAtStart:
		d.poll = shortestPoll
	case offset.Abs() <= goodOffset:
		d.poll = min(2*d.poll, longestPoll)
	}
	d.set, d.retries = true, 0
	return step, d.poll
}

// failed says when to ask again after no server has answered, and whether that
// is to be reported: once, until one answers.
func (d *discipline) failed() (next time.Duration, report bool) {
	next = longestRetry
	if d.retries < 8 {
		next = shortestRetry << d.retries
	}
	d.retries++
	return next, d.retries == reportedFailure
}
