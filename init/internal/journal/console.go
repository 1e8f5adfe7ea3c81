package journal

import (
	"fmt"
	"io"
	"time"
)

// console is one of the machine'c.
type console struct {
	queue   chan item
	dropped int // lines that found the queue full
}

// item is a line, or a mark to be closed when the lines before it are shown.
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
		_, _ = w.Write(i.line) // there is nobody to tell
	}
}

// flush waits until all lines before are shown, but no longer than d.
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
