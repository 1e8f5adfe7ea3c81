package machine

import (
	"context"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// pace is how a question is repeated (RFC 2131, 4.1, leaves it to the client):
// at an even interval for the time of its haste, then each time after twice as
// long as the last.
type pace struct{ interval, haste time.Duration }

// paceOf is even for a machine without an address: its link has just come up and
// may lose whatever comes in its first second. One that fills in an address of
// its own (RFC 2131, table 5) keeps that for a while yet.
func paceOf(m *dhcpv4.DHCPv4) pace {
	if m.ClientIPAddr == nil || m.ClientIPAddr.IsUnspecified() {
		return pace{interval: 50 * time.Millisecond, haste: 1500 * time.Millisecond}
	}
	return pace{interval: 250 * time.Millisecond}
}

// next is how long to wait for an answer when the first question was asked so
// long ago.
func (p pace) next(asked time.Duration) time.Duration { return max(p.interval, asked-p.haste) }

// repeat asks again and again until ctx ends. It is called when the question has
// been asked for the first time.
func (p pace) repeat(ctx context.Context, after func(time.Duration) <-chan time.Time, ask func()) {
	var asked time.Duration
	for {
		wait := p.next(asked)
		select {
		case <-ctx.Done():
			return
		case <-after(wait):
			asked += wait
			ask()
		}
	}
}
