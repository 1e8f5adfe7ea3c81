package machine

import (
	"fmt"
	"io"
	"time"
)

// sink is one console.
type sink struct {
	queue   chan item
	dropped int // lines that found the queue full
}

// item is a line, or a mark to be closed when the lines before it are shown.
type item struct {
	line []byte
	done chan struct{}
}

// line queues a line. Callers hold the console's lock.
func (s *sink) line(line []byte) {
	if s.dropped > 0 {
		select {
		case s.queue <- item{line: fmt.Appendf(nil, "machine: console: %d lines were dropped here\r\n", s.dropped)}:
			s.dropped = 0
		default:
		}
	}
	select {
	case s.queue <- item{line: line}:
	default:
		s.dropped++
	}
}

func (s *sink) drain(w io.Writer) {
	for i := range s.queue {
		if i.done != nil {
			close(i.done)
			continue
		}
		_, _ = w.Write(i.line) // there is nobody to tell
	}
}

// flush waits until all lines before are shown, but no longer than d.
func (s *sink) flush(d time.Duration) {
	deadline := time.After(d)
	done := make(chan struct{})
	select {
	case s.queue <- item{done: done}:
	case <-deadline:
		return
	}
	select {
	case <-done:
	case <-deadline:
	}
}
