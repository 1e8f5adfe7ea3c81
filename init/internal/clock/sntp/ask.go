package sntp

import (
	"context"
	"math/rand/v2"
	"net"
	"time"

	"github.com/pkg/errors"
)

const (
	// answerTime is how long a server may take to answer before it is asked again.
	answerTime = time.Second
	// attempts is how often a server is asked.
	attempts = 3
)

// Answer is how far the clock is off.
type Answer struct {
	// Offset must be added to the clock to make it right.
	Offset time.Duration
	// Delay is how long question and answer were on their way. The offset is wrong by
	// at most half of it.
	Delay time.Duration
	// Stratum is the server's distance from a reference clock, from 1 to 15.
	Stratum int
	// Distance is how far the server's own time may be off.
	Distance time.Duration
}

// Address returns the address of a server. It adds port 123 (RFC 4330, 4) if the name
// has no port.
func Address(server string) string {
	if _, _, err := net.SplitHostPort(server); err == nil {
		return server
	}
	return net.JoinHostPort(server, "123")
}

// Ask asks a server for the time, and repeats the question a few times until it
// answers.
func Ask(ctx context.Context, server string) (Answer, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "udp", Address(server))
	if err != nil {
		return Answer{}, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	for range attempts {
		var a Answer
		if a, err = exchange(conn, time.Now); err == nil || errors.As(err, new(Refusal)) || ctx.Err() != nil {
			return a, err
		}
	}
	return Answer{}, err
}

// exchange asks once. It ignores packets that are not an answer.
func exchange(conn net.Conn, now func() time.Time) (Answer, error) {
	nonce := rand.Uint64()
	asked := now()
	if err := conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return Answer{}, err
	}
	if _, err := conn.Write(request(nonce)); err != nil {
		return Answer{}, err
	}
	var strange error
	for buffer := make([]byte, 1024); ; {
		n, err := conn.Read(buffer)
		if err != nil {
			if strange != nil {
				err = strange
			}
			return Answer{}, err
		}
		took := now().Sub(asked) // by the monotonic clock
		r, err := parse(buffer[:n], nonce)
		if errors.As(err, new(Refusal)) {
			return Answer{}, err
		}
		if err != nil {
			strange = err
			continue
		}
		return r.answer(asked, took), nil
	}
}

// answer computes offset and delay (RFC 4330, 5).
func (r reply) answer(asked time.Time, took time.Duration) Answer {
	asked = asked.Round(0)
	there, back := r.received.Sub(asked), r.sent.Sub(asked.Add(took))
	return Answer{
		Offset:  there/2 + back/2, // halved before adding: the sum may overflow
		Delay:   max(0, took-r.sent.Sub(r.received)),
		Stratum: r.stratum, Distance: r.distance,
	}
}
