package kmsg

import "time"

// Limit keeps the kernel's messages from going round in a circle: a driver or a
// packet filter that has something to say about each packet has something to
// say about the packets that carry what it said.
type Limit struct {
	// Burst is how many may come at once; PerSecond how many may in the long run.
	Burst, PerSecond float64

	started bool
	tokens  float64
	at      time.Duration
	held    int
}

// Take tells whether one more message may pass at a time, and if so how many
// were held back since the last one.
func (l *Limit) Take(now time.Duration) (pass bool, held int) {
	if !l.started {
		l.started, l.tokens, l.at = true, l.Burst, now
	}
	l.tokens = min(l.Burst, l.tokens+(now-l.at).Seconds()*l.PerSecond)
	l.at = now
	if l.tokens < 1 {
		l.held++
		return false, 0
	}
	l.tokens--
	held, l.held = l.held, 0
	return true, held
}
