package dhcp

import (
	"context"
	"time"

	"github.com/pkg/errors"
)

const (
	// The pause between attempts to get a lease starts with firstPause and doubles up
	// to longestPause. Within an attempt, the Protocol repeats the question by itself.
	firstPause, longestPause = time.Second, 32 * time.Second
	// extensionPause is the shortest time between attempts to renew a lease
	// (RFC 2131, 4.4.5).
	extensionPause = time.Minute
)

// Keeper keeps one lease.
type Keeper[L Lease] struct {
	Protocol Protocol[L]
	// Now is a clock that never goes back. After waits on the same clock.
	Now   func() time.Duration
	After func(time.Duration) <-chan time.Time
	// Bound is called with each lease that a server grants, new or renewed.
	Bound func(L)
	// Lost is called when the lease is over, with the reason.
	Lost func(L, error)
	// Report is called with what went wrong. A server that stays silent is reported
	// once.
	Report func(error)

	binding *binding[L]
	silent  bool // no server answers, and this has been reported
	pauses  int
}

// binding is a lease and the times on the clock at which it is due.
type binding[L Lease] struct {
	lease                 L
	renew, rebind, expire time.Duration
}

// step is one state of the keeper. It returns the next state, or nil when ctx has
// ended.
type step func(ctx context.Context) step

// Run gets a lease, renews it in time, and gets another when it is lost, until ctx
// ends. It then keeps the lease, and the next Run first asks whether the lease still
// holds. That is what a client does after the link was away (RFC 2131, 3.2 and 4.4.2).
func (k *Keeper[L]) Run(ctx context.Context) {
	next := k.acquiring
	if k.binding != nil {
		next = k.confirming
	}
	k.pauses, k.silent = 0, false
	for s := step(next); s != nil && ctx.Err() == nil; {
		s = s(ctx)
	}
}

// Holds reports whether there is a lease. It must not be called while Run runs.
func (k *Keeper[L]) Holds() bool { return k.binding != nil }

// acquiring is INIT, SELECTING and REQUESTING.
func (k *Keeper[L]) acquiring(ctx context.Context) step {
	asked := k.Now()
	l, err := k.Protocol.Acquire(ctx)
	if err == nil {
		return k.take(l, asked)
	}
	k.failed(ctx, errors.Wrap(err, "asking for a lease"))
	pause := min(firstPause<<k.pauses, longestPause)
	k.pauses = min(k.pauses+1, 6)
	return k.wait(ctx, pause, k.acquiring)
}

// confirming is INIT-REBOOT. If no server answers, the lease stays valid until it
// expires.
func (k *Keeper[L]) confirming(ctx context.Context) step {
	if k.Now() >= k.binding.expire {
		return k.lose(errExpired)
	}
	asked := k.Now()
	l, err := k.Protocol.Confirm(ctx, k.binding.lease)
	switch {
	case err == nil:
		return k.take(l, asked)
	case errors.Is(err, ErrRefused):
		return k.lose(err)
	}
	k.failed(ctx, errors.Wrapf(err, "asking whether %s still holds", k.binding.lease))
	return k.bound
}

func (k *Keeper[L]) bound(ctx context.Context) step {
	return k.wait(ctx, k.binding.renew-k.Now(), k.extending)
}

// extending is RENEWING and, later, REBINDING.
func (k *Keeper[L]) extending(ctx context.Context) step {
	now := k.Now()
	ask, until := k.Protocol.Renew, k.binding.rebind
	if now >= k.binding.rebind {
		ask, until = k.Protocol.Rebind, k.binding.expire
	}
	if now >= k.binding.expire {
		return k.lose(errExpired)
	}
	l, err := ask(ctx, k.binding.lease)
	switch {
	case err == nil:
		return k.take(l, now)
	case errors.Is(err, ErrRefused):
		return k.lose(err)
	}
	k.failed(ctx, errors.Wrapf(err, "renewing %s", k.binding.lease))
	left := until - k.Now()
	return k.wait(ctx, min(left, max(left/2, extensionPause)), k.extending)
}

// take stores a lease. asked is when the client asked for it.
func (k *Keeper[L]) take(l L, asked time.Duration) step {
	t := l.Times()
	k.binding = &binding[L]{l, asked + t.Renew, asked + t.Rebind, asked + t.Expire}
	k.pauses, k.silent = 0, false
	k.Bound(l)
	return k.bound
}

func (k *Keeper[L]) lose(why error) step {
	l := k.binding.lease
	k.binding = nil
	k.Lost(l, why)
	return k.acquiring
}

// failed reports the first of several failures in a row. It ignores failures that come
// from the end of ctx.
func (k *Keeper[L]) failed(ctx context.Context, err error) {
	if !k.silent && ctx.Err() == nil {
		k.Report(err)
		k.silent = true
	}
}

func (k *Keeper[L]) wait(ctx context.Context, d time.Duration, next step) step {
	select {
	case <-ctx.Done():
		return nil
	case <-k.After(max(d, 0)):
		return next
	}
}
