package machine

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// console shows lines on every console of the machine. A console that is slow
// or stuck holds up neither the machine nor the others: each has a queue, and
// what does not fit is counted instead.
type console struct {
	mu    sync.Mutex
	sinks []*sink
	early [][]byte // lines from before there was a console
}

const (
	// queueLines bounds each console's queue.
	queueLines = 1024
	// earlyLines bounds what is kept until there is a console.
	earlyLines = 256
	// flushTime is how long the end of the machine waits for its consoles.
	flushTime = 2 * time.Second
)

func newConsole() *console { return &console{} }

// add begins to show lines on w as well. The first console gets the early ones.
func (c *console) add(w io.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &sink{queue: make(chan item, queueLines)}
	go s.drain(w)
	for _, line := range c.early {
		s.line(line)
	}
	c.sinks = append(c.sinks, s)
}

// opened says that all consoles were added.
func (c *console) opened() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.early = nil
}

func (c *console) printf(format string, args ...any) {
	for line := range bytes.Lines(fmt.Appendf(nil, format+"\n", args...)) {
		c.line(bytes.TrimRight(line, "\r\n"))
	}
}

// line shows one line, without its end, everywhere.
func (c *console) line(text []byte) {
	line := append(bytes.Clone(text), '\r', '\n') // a raw terminal needs both
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.sinks) == 0 && len(c.early) < earlyLines {
		c.early = append(c.early, line)
	}
	for _, s := range c.sinks {
		s.line(line)
	}
}

// copy shows all lines of r until it ends, long ones in pieces.
func (c *console) copy(r io.Reader) {
	lines := bufio.NewReaderSize(r, 4096)
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			c.line(bytes.TrimRight(line, "\r\n"))
		}
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

// flush waits until all lines are shown, but no longer than d.
func (c *console) flush(d time.Duration) {
	deadline := time.After(d)
	c.mu.Lock()
	sinks := c.sinks
	c.mu.Unlock()
	for _, s := range sinks {
		done := make(chan struct{})
		select {
		case s.queue <- item{done: done}:
		case <-deadline:
			return
		}
		select {
		case <-done:
		case <-deadline:
			return
		}
	}
}

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

// fallback is where lines go if no console can be opened: what the kernel gave
// PID 1 as its standard output.
func fallback() io.Writer { return os.Stdout }
