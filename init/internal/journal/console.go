package journal

import (
	"fmt"
	"io"
	"time"
)

// console is one console of the machine.
type console struct {
	queue   chan item
	dropped int // lines dropped because the queue was full
}

// item is a line, or a channel to close once all lines before it are shown.
type item struct {
	line []byte
	done chan struct{}
}

// line queues a line. Callers hold the journal's lock.
func (c *console) line(line []byte) {
	if c.dropped > 0 {
		select {
		case c.queue <- item{line: fmt.Appendf(nil, "machine: console: %d lines were dropped here\r\n", c.dropped)}:
			c.dropped = 0
		default:
		}
	}
	select {
	case c.queue <- item{line: line}:
	default:
		c.dropped++
	}
}

func (c *console) drain(w io.Writer) {
	for i := range c.queue {
		if i.done != nil {
			close(i.done)
			continue
		}
		_, _ = w.Write(i.line) // nobody can be told of an error
	}
}

// flush waits until all earlier lines are shown, but no longer than d.
func (c *console) flush(d time.Duration) {
	deadline := time.After(d)
	done := make(chan struct{})
	select {
	case c.queue <- item{done: done}:
	case <-deadline:
		return
	}
	select {
	case <-done:
	case <-deadline:
	}
}
