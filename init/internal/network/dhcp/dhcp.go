// Package dhcp keeps a lease for as long as the machine runs. It implements the states
// of a DHCP client (RFC 2131, figure 5, and RFC 8415, 18.2), which are the same in both
// versions. It knows no messages and no sockets, and only the clock that it is given.
package dhcp

import (
	"context"
	"time"

	"github.com/pkg/errors"
)

// Times are durations, counted from the question for the lease. After Renew (T1) the
// client asks the server that granted it for more time, after Rebind (T2) it asks any
// server, and after Expire the lease is over.
type Times struct{ Renew, Rebind, Expire time.Duration }

// Lease is anything that a server grants for a time.
type Lease interface {
	Times() Times
	String() string
}

// Protocol asks servers. Each call returns the lease that a server has granted. The
// error has ErrRefused in its chain if the server said no; any other error means that
// nobody answered in time.
type Protocol[L Lease] interface {
	// Acquire asks any server for a new lease.
	Acquire(ctx context.Context) (L, error)
	// Confirm asks any server whether a lease still holds on this link.
	Confirm(ctx context.Context, bound L) (L, error)
	// Renew asks the server that granted a lease for more time.
	Renew(ctx context.Context, bound L) (L, error)
	// Rebind asks any server for more time.
	Rebind(ctx context.Context, bound L) (L, error)
}

// ErrRefused is in the chain of an error if a server said no.
var ErrRefused = errors.New("the server refuses it")

// errExpired is the reason for losing a lease that nobody renewed in time.
var errExpired = errors.New("it has expired")
