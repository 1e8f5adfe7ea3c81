package clock

import "time"

const (
	// stepAtStart is the largest offset that is slewed while no server has set the
	// clock yet. A clock that is off by more is set (RFC 5905, 7.2, STEPT).
	stepAtStart = 125 * time.Millisecond
	// stepLater is the largest offset that is slewed later on. The kernel does not slew
	// more (linux/timex.h, MAXPHASE). Only the clock of a machine that was asleep is
	// off by more.
	stepLater = 500 * time.Millisecond

	// The shortest and the longest time between two questions to a server (RFC 5905,
	// 7.2: MINPOLL is 16 s, but 64 s is usual; MAXPOLL is far longer).
	shortestPoll = 64 * time.Second
	longestPoll  = 1024 * time.Second
	// goodOffset is the largest offset at which the server is asked half as often.
	goodOffset = 10 * time.Millisecond

	// The shortest and the longest time until a server that did not answer is asked
	// again.
	shortestRetry = 250 * time.Millisecond
	longestRetry  = 64 * time.Second
	// reportedFailure is how many failures in a row are reported. The first may only
	// mean that the machine has an address but no route yet.
	reportedFailure = 3
)

// discipline decides how to keep a clock right.
type discipline struct {
	set     bool
	poll    time.Duration
	retries int
}

// correct takes a measured offset. It returns whether to set the clock, rather than
// slew it, and when to ask again.
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

// failed returns when to ask again after no server has answered, and whether to report
// that. It reports once, until a server answers.
func (d *discipline) failed() (next time.Duration, report bool) {
	next = longestRetry
	if d.retries < 8 {
		next = shortestRetry << d.retries
	}
	d.retries++
	return next, d.retries == reportedFailure
}
