package syslog

import (
	"context"
	"math"
	"net"
	"sync/atomic"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
)

const (
	// batchLines is how many lines the client sends before it checks whether the server
	// has them.
	batchLines = 128
	// The first and the longest delay between attempts to reach a server.
	firstDelay  = 100 * time.Millisecond
	longestWait = 10 * time.Second
)

// Client sends lines to one server. A line stays in the queue until the server has it,
// as far as the protocol tells. If the connection ends shortly after a line was
// acknowledged, the line is in doubt, and the client sends it again with the same
// sequence number.
type Client struct {
	server Server
	host   func() string
	dial   func(ctx context.Context) (net.Conn, error)
	report func(error)
	queue  *queue
	sent   int // how many lines have left the queue
	doubts doubts
	again  int // how many lines at the head of the queue were acknowledged once before
	runs   atomic.Bool
}

// NewClient returns a client for a server. It keeps up to limit lines and calls itself
// host. dial connects to the server. The client reports an error when it has kept lines
// from the server twice in a row, and then not again until lines get through.
func NewClient(server Server, host func() string, limit int, dial func(context.Context) (net.Conn, error), report func(error)) *Client {
	return &Client{server: server, host: host, dial: dial, report: report, queue: newQueue(limit)}
}

// Send queues a line. It never blocks.
func (c *Client) Send(l logline.Line) { c.queue.add(l) }

// Run sends lines until ctx ends.
func (c *Client) Run(ctx context.Context) {
	c.runs.Store(true)
	delay, failures := firstDelay, 0
	for ctx.Err() == nil {
		before := c.sent
		err := c.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if c.sent > before {
			delay, failures = firstDelay, 0
		}
		doubtful := c.doubts.take(time.Now())
		c.queue.putBack(doubtful)
		c.sent -= len(doubtful)
		c.again += len(doubtful)
		if !c.queue.empty() {
			if failures++; failures == 2 {
				c.report(errors.Wrapf(err, "sending to %s; up to %d lines are kept for it", c.server, c.queue.limit))
			}
		}
		select {
		case <-time.After(delay):
		case <-ctx.Done():
		}
		delay = min(2*delay, longestWait)
	}
}

// session sends lines over one connection, until an error.
func (c *Client) session(ctx context.Context) error {
	if err := c.wait(ctx, nil); err != nil {
		return err
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	l := newLink(conn, c.server.stream())
	defer l.Close()
	for {
		batch := c.queue.first(batchLines)
		var messages [][]byte
		for i, line := range batch {
			messages = append(messages, c.message(line, i))
		}
		if err := l.send(messages); err != nil {
			return err
		}
		if err := l.settle(ctx); err != nil {
			return err
		}
		known := min(c.again, len(batch))
		c.again -= known
		if l.stream { // resend only once: else a server that always hangs up would never get new lines
			c.doubts.add(time.Now(), batch[known:], c.queue.limit)
		}
		c.queue.remove(len(batch))
		c.sent += len(batch)
		if err := c.wait(ctx, l.ended); err != nil {
			return err
		}
	}
}

// wait waits until there is something to send.
func (c *Client) wait(ctx context.Context, ended <-chan struct{}) error {
	for c.queue.empty() {
		select {
		case <-c.queue.wake:
		case <-ended:
			return errEnded // or refused some earlier line: too late to tell which
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// message returns a line as a syslog message. i is the line's position in the queue.
func (c *Client) message(l logline.Line, i int) []byte {
	facility, ok := map[string]Facility{"kernel": Kernel, "machine": Daemon}[l.Source]
	if !ok {
		facility = User
	}
	return Message{
		Facility: facility, Severity: l.Severity, Time: l.At(time.Now()), Host: c.host(), App: l.Source,
		Sequence: (c.sent+i)%math.MaxInt32 + 1, Text: l.Text,
	}.Append(nil)
}

// Flush waits until the server has all lines, but no longer than d. It does not wait if
// Run has not been called yet.
func (c *Client) Flush(d time.Duration) {
	for deadline := time.Now().Add(d); c.runs.Load() && !c.queue.empty() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
}
