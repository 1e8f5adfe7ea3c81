package kmsg

import "time"

// Limit breaks a feedback loop. A driver or packet filter that logs each packet also
// logs the packets that carry its messages to a server.
type Limit struct {
	// Burst is how many messages may pass at once; PerSecond is how many may in the
	// long run.
	Burst, PerSecond float64

	started bool
	tokens  float64
	at      time.Duration
	held    int
}

// Take reports whether one more message may pass now, and if so, how many were held
// back since the last one that passed.
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
