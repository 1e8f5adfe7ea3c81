// Package dhcp keeps a lease for as long as the machine runs: the states of a
// DHCP client (RFC 2131, figure 5, and RFC 8415, 18.2), which are the same for
// both of its versions. It knows no messages and no sockets, and no clock but
// the one that it is given.
package dhcp

import (
	"context"
	"time"

	"github.com/pkg/errors"
)

// Times are how long after it was asked for a lease is to be renewed with the
// server that gave it, renewed with any (T1 and T2), and no longer ours.
type Times struct{ Renew, Rebind, Expire time.Duration }

// Lease is anything that is ours for a time.
type Lease interface {
	Times() Times
	String() string
}

// Protocol is how a server is asked. Each call returns what the server has
// granted; an error that is ErrRefused if it said no; or any other if nobody
// answered in time.
type Protocol[L Lease] interface {
	// Acquire asks any server for a new lease.
	Acquire(ctx context.Context) (L, error)
	// Confirm asks any server whether a lease still holds on this link.
	Confirm(ctx context.Context, bound L) (L, error)
	// Renew asks the server that gave a lease for more time.
	Renew(ctx context.Context, bound L) (L, error)
	// Rebind asks any server for more time.
	Rebind(ctx context.Context, bound L) (L, error)
}

// ErrRefused is in the chain of an error by which a server says no.
var ErrRefused = errors.New("the server refuses it")

// errExpired is why a lease is lost that nobody renewed.
var errExpired = errors.New("its time is over")
