package fetch

import (
	"context"
	"time"

	"github.com/pkg/errors"
)

// idleWatch cancels a request on which nothing has moved for a while. A limit
// on the whole of it would punish slow lines.
type idleWatch struct {
	ctx     context.Context
	timeout time.Duration
	timer   *time.Timer
	cancel  context.CancelCauseFunc
}

// idleError is the cause of such a cancel.
type idleError struct{ timeout time.Duration }

func (e idleError) Error() string { return "nothing came for " + e.timeout.String() }

func watchIdle(ctx context.Context, timeout time.Duration) (context.Context, *idleWatch) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(timeout, func() { cancel(idleError{timeout}) })
	return ctx, &idleWatch{ctx, timeout, timer, cancel}
}

// reset starts the wait anew.
func (w *idleWatch) reset() { w.timer.Reset(w.timeout) }

// stop ends the watch and the request.
func (w *idleWatch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// explain returns the true cause of err where that is the watch.
func (w *idleWatch) explain(err error) error {
	var idle idleError
	if errors.As(context.Cause(w.ctx), &idle) {
		return &transientError{err: idle}
	}
	return err
}

func (c *Cache) idleTimeout() time.Duration {
	if c.IdleTimeout == 0 {
		return 30 * time.Second
	}
	return c.IdleTimeout
}
