// Package journal takes every line that the machine, its programs and its kernel log.
// It shows lines on the consoles, keeps them in memory and sends them to a syslog
// server. Whatever happens to a line belongs here; its origin does not.
package journal

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
)

// Journal is the machine's log. It shows lines on every console of the machine, keeps
// the last ones in memory and passes them to followers. A slow or stuck console delays
// neither the machine nor the other consoles: each console has a queue, and the journal
// counts the lines that do not fit.
type Journal struct {
	last *logline.Ring

	mu        sync.Mutex
	level     logline.Severity // the least severe level that the consoles show
	names     bool             // the consoles show the main program's name, too
	consoles  []*console
	early     [][]byte // lines that came before there was a console
	followers []follower
}

// follower receives every line, in order. Its functions must not use the journal, and
// Send must not block.
type follower interface {
	Send(logline.Line)
	// Flush waits until all lines have reached their destination, but no longer than d.
	Flush(d time.Duration)
}

const (
	// lastBytes is how many bytes of the log are kept in memory.
	lastBytes = 256 << 10
	// queueLines is the length of each console's queue.
	queueLines = 1024
	// earlyLines is how many lines are kept until there is a console.
	earlyLines = 256
	// FlushTime is how long the machine, when it ends, waits for its consoles.
	FlushTime = 2 * time.Second
)

// The origins of lines. Services have their own names.
const (
	fromKernel  = "kernel"
	fromMachine = "machine"
)

// New returns a journal without a console.
func New() *Journal {
	return &Journal{last: logline.NewRing(lastBytes), level: logline.Debug}
}

// ShowNames has the consoles show the main program's name before its lines. They show
// the names of other services anyway.
func (j *Journal) ShowNames() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.names = true
}

// showFrom sets the least severe level that the consoles show.
func (j *Journal) showFrom(level logline.Severity) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.level = level
}

// follow passes the last lines and all future lines to a follower.
func (j *Journal) follow(f follower) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, l := range j.last.Last(-1) {
		f.Send(l)
	}
	j.followers = append(j.followers, f)
}

// AddConsole shows all further lines on w too. The first console also gets the early
// lines.
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

// opened drops the early lines. It is called once every console is added.
func (j *Journal) opened() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.early = nil
}

// Printf logs lines of the machine itself.
func (j *Journal) Printf(format string, args ...any) { j.say(logline.Info, format, args...) }

// Report logs on every console what failed and why.
func (j *Journal) Report(what string, err error) {
	j.say(logline.Error, "machine: %s: %v", what, err)
}

// say logs lines of the machine itself with a given severity.
func (j *Journal) say(severity logline.Severity, format string, args ...any) {
	for line := range bytes.Lines(fmt.Appendf(nil, format+"\n", args...)) {
		text := string(bytes.TrimRight(line, "\r\n"))
		j.line(logline.Line{Time: time.Now(), Severity: severity, Source: fromMachine, Text: text})
	}
}

// line logs a line, and shows it if it is severe enough.
func (j *Journal) line(l logline.Line) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.keep(l)
	if l.Severity > j.level {
		return
	}
	line := fmt.Appendf(nil, "%s%s\r\n", j.prefix(l.Source), l.Text) // a raw terminal needs both \r and \n
	if len(j.consoles) == 0 && len(j.early) < earlyLines {
		j.early = append(j.early, line)
	}
	for _, c := range j.consoles {
		c.line(line)
	}
}

// prefix returns what the consoles show before the lines of a source. It is called
// with the lock.
func (j *Journal) prefix(source string) string {
	if source == fromKernel || source == fromMachine || source == config.Main && !j.names {
		return ""
	}
	return source + ": "
}

// unshown logs a line without showing it: the consoles have it already, such as the
// kernel's.
func (j *Journal) unshown(l logline.Line) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.keep(l)
}

// keep stores a line and passes it to the followers. The caller holds the lock.
func (j *Journal) keep(l logline.Line) {
	j.last.Add(l)
	for _, f := range j.followers {
		f.Send(l)
	}
}

// Copy logs all lines of a service's output until r ends. It logs a long line in
// pieces.
func (j *Journal) Copy(service string, r io.Reader) {
	lines := bufio.NewReaderSize(r, 4096)
	severity, whole := logline.Info, true
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			text := string(bytes.TrimRight(line, "\r\n"))
			if whole { // otherwise this piece continues the last one
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

// Last returns the last n lines, oldest first, each with its time, source and severity.
func (j *Journal) Last(n int) []string { return texts(j.last.Last(n)) }

// Since returns the lines that came after the first n of all lines, as far as they are
// kept, and how many lines have come by now.
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

// Flush waits until all lines have reached their destination, but no longer than d.
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
