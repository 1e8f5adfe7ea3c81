// Package journal takes every line that the machine, its programs and its kernel
// log: shown on the consoles, kept in memory, and sent to a syslog server. What
// enters here is what becomes of a line, not who wrote it.
package journal

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
)

// Journal is the machine's log. It shows lines on every console of the machine,
// keeps the last ones in memory and gives them to followers. A slow or stuck
// console delays neither the machine nor the other consoles: each has a queue,
// and lines that do not fit are counted instead.
type Journal struct {
	last *logline.Ring

	mu        sync.Mutex
	level     logline.Severity // the least severe that is shown
	consoles  []*console
	early     [][]byte // lines from before there was a console
	followers []follower
}

// follower gets every line, in order. Neither of its functions may use the
// journal, and Send must not block.
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
	// FlushTime is how long the end of the machine waits for its consoles.
	FlushTime = 2 * time.Second
)

// Where lines come from, besides the services, which have names of their own.
const (
	fromKernel  = "kernel"
	fromMachine = "machine"
	// Program is the name of the main program, whose lines the consoles show as
	// they are. Those of other services begin with the service's name there.
	Program = "program"
)

// New returns a journal without a console.
func New() *Journal {
	return &Journal{last: logline.NewRing(lastBytes), level: logline.Debug}
}

// showFrom has the consoles show only lines that are at least so severe.
func (j *Journal) showFrom(level logline.Severity) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.level = level
}

// follow gives a follower the last lines and all that will come.
func (j *Journal) follow(f follower) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, l := range j.last.Last(-1) {
		f.Send(l)
	}
	j.followers = append(j.followers, f)
}

// AddConsole begins to show lines on w as well. The first console gets the early ones.
func (j *Journal) AddConsole(w io.Writer) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := &console{queue: make(chan item, queueLines)}
	go c.drain(w)
	for _, line := range j.early {
		c.line(line)
	}
	j.consoles = append(j.consoles, c)
}

// opened forgets the early lines, once every console was added.
func (j *Journal) opened() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.early = nil
}

// Printf logs lines of the machine's own.
func (j *Journal) Printf(format string, args ...any) { j.say(logline.Info, format, args...) }

// Report logs what failed and why, on every console.
func (j *Journal) Report(what string, err error) {
	j.say(logline.Error, "machine: %s: %v", what, err)
}

// say logs lines of the machine's own that matter more, or less.
func (j *Journal) say(severity logline.Severity, format string, args ...any) {
	for line := range bytes.Lines(fmt.Appendf(nil, format+"\n", args...)) {
		text := string(bytes.TrimRight(line, "\r\n"))
		j.line(logline.Line{Time: time.Now(), Severity: severity, Source: fromMachine, Text: text})
	}
}

// line logs a line and shows it, if it is severe enough.
func (j *Journal) line(l logline.Line) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.keep(l)
	if l.Severity > j.level {
		return
	}
	line := fmt.Appendf(nil, "%s%s\r\n", prefix(l.Source), l.Text) // a raw terminal needs both ends
	if len(j.consoles) == 0 && len(j.early) < earlyLines {
		j.early = append(j.early, line)
	}
	for _, c := range j.consoles {
		c.line(line)
	}
}

// prefix is what the consoles show before the lines of a source.
func prefix(source string) string {
	switch source {
	case fromKernel, fromMachine, Program:
		return ""
	}
	return source + ": "
}

// unshown logs a line that is on the consoles already: one of the kernel's.
func (j *Journal) unshown(l logline.Line) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.keep(l)
}

// keep is called with the lock.
func (j *Journal) keep(l logline.Line) {
	j.last.Add(l)
	for _, f := range j.followers {
		f.Send(l)
	}
}

// Copy logs all lines of a service's output until r ends, long ones in pieces.
func (j *Journal) Copy(service string, r io.Reader) {
	lines := bufio.NewReaderSize(r, 4096)
	severity, whole := logline.Info, true
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			text := string(bytes.TrimRight(line, "\r\n"))
			if whole { // else what follows is more of the same
				severity, text = logline.Parse(text)
			}
			j.line(logline.Line{Time: time.Now(), Severity: severity, Source: service, Text: text})
		}
		whole = err == nil
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

// Last returns the last n lines, oldest first, each with its time, source and
// severity.
func (j *Journal) Last(n int) []string { return texts(j.last.Last(n)) }

// Since returns the lines that came after the first n of all, as far as they are
// kept, and how many have come by now.
func (j *Journal) Since(n int) ([]string, int) {
	lines, came := j.last.Since(n)
	return texts(lines), came
}

func texts(lines []logline.Line) []string {
	var all []string
	now := time.Now()
	for _, l := range lines {
		all = append(all, fmt.Sprintf("%s %s.%s: %s", l.At(now).UTC().Format("2006-01-02T15:04:05.000000Z"), l.Source, l.Severity, l.Text))
	}
	return all
}

// Flush waits until all lines are where they go, but no longer than d.
func (j *Journal) Flush(d time.Duration) {
	j.mu.Lock()
	consoles, followers := j.consoles, j.followers
	j.mu.Unlock()
	var all sync.WaitGroup
	for _, c := range consoles {
		all.Go(func() { c.flush(d) })
	}
	for _, f := range followers {
		all.Go(func() { f.Flush(d) })
	}
	all.Wait()
}
