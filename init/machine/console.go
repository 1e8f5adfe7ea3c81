package machine

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/logline"
)

// console takes every line of the machine's log. It shows them on every console
// of the machine, keeps the last ones in memory and gives them to followers. A
// console that is slow or stuck holds up neither the machine nor the others:
// each has a queue, and what does not fit is counted instead.
type console struct {
	last *logline.Ring

	mu        sync.Mutex
	level     logline.Severity // the least severe that is shown
	sinks     []*sink
	early     [][]byte // lines from before there was a console
	followers []follower
}

// follower gets every line, in order. Neither of its functions may use the
// console, and Send must not block.
type follower interface {
	Send(logline.Line)
	// Flush waits until all lines have got where they go, but no longer than d.
	Flush(d time.Duration)
}

const (
	// lastBytes bounds what is kept of the log in memory.
	lastBytes = 256 << 10
	// queueLines bounds each console's queue.
	queueLines = 1024
	// earlyLines bounds what is kept until there is a console.
	earlyLines = 256
	// flushTime is how long the end of the machine waits for its consoles.
	flushTime = 2 * time.Second
)

// Where lines come from.
const (
	fromKernel  = "kernel"
	fromMachine = "machine"
	fromProgram = "program"
)

func newConsole() *console {
	return &console{last: logline.NewRing(lastBytes), level: logline.Debug}
}

// showFrom has the consoles show only lines that are at least so severe.
func (c *console) showFrom(level logline.Severity) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.level = level
}

// follow gives a follower the last lines and all that will come.
func (c *console) follow(f follower) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.last.Last(-1) {
		f.Send(l)
	}
	c.followers = append(c.followers, f)
}

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

// printf logs lines of the machine's own.
func (c *console) printf(format string, args ...any) { c.say(logline.Info, format, args...) }

// say logs lines of the machine's own that matter more, or less.
func (c *console) say(severity logline.Severity, format string, args ...any) {
	for line := range bytes.Lines(fmt.Appendf(nil, format+"\n", args...)) {
		text := string(bytes.TrimRight(line, "\r\n"))
		c.line(logline.Line{Time: time.Now(), Severity: severity, Source: fromMachine, Text: text})
	}
}

// line logs a line and shows it, if it is severe enough.
func (c *console) line(l logline.Line) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(l)
	if l.Severity > c.level {
		return
	}
	line := append([]byte(l.Text), '\r', '\n') // a raw terminal needs both
	if len(c.sinks) == 0 && len(c.early) < earlyLines {
		c.early = append(c.early, line)
	}
	for _, s := range c.sinks {
		s.line(line)
	}
}

// unshown logs a line that is on the consoles already: one of the kernel's.
func (c *console) unshown(l logline.Line) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(l)
}

// keep is called with the lock.
func (c *console) keep(l logline.Line) {
	c.last.Add(l)
	for _, f := range c.followers {
		f.Send(l)
	}
}

// copy logs all lines of a program until r ends, long ones in pieces.
func (c *console) copy(r io.Reader) {
	lines := bufio.NewReaderSize(r, 4096)
	severity, whole := logline.Info, true
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			text := string(bytes.TrimRight(line, "\r\n"))
			if whole { // else what follows is more of the same
				severity, text = logline.Parse(text)
			}
			c.line(logline.Line{Time: time.Now(), Severity: severity, Source: fromProgram, Text: text})
		}
		whole = err == nil
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

// flush waits until all lines are where they go, but no longer than d.
func (c *console) flush(d time.Duration) {
	c.mu.Lock()
	sinks, followers := c.sinks, c.followers
	c.mu.Unlock()
	var all sync.WaitGroup
	for _, s := range sinks {
		all.Go(func() { s.flush(d) })
	}
	for _, f := range followers {
		all.Go(func() { f.Flush(d) })
	}
	all.Wait()
}

// fallback is where lines go if no console can be opened: what the kernel gave
// PID 1 as its standard output.
func fallback() io.Writer { return os.Stdout }
