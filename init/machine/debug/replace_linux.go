package debug

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/replacement"
	status "github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/debug/page"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

const (
	// stallTime is how long a transfer may stand still.
	stallTime = 20 * time.Second
	// shownLines is how many of its last lines are shown of a program, and how many of its
	// first, as one that hung ends with all of its goroutines.
	shownLines = 20
)

// replacer is the subsystem that replaces programs.
type replacer struct {
	m     machine.Machine
	owner func(key string) string // tells whose a key is, by its fingerprint
}

// serve speaks with a client that wants to replace a program.
func (r replacer) serve(_ context.Context, key string, client io.ReadWriteCloser) int {
	greeting := replacement.Greeting{Version: config.Version, Arch: runtime.GOARCH}
	for _, p := range r.m.Programs() {
		greeting.Services = append(greeting.Services, p.Name)
	}
	if replacement.Write(client, greeting) != nil {
		return 1
	}
	in := bufio.NewReader(client)
	var request replacement.Request
	if err := replacement.Read(in, &request); err != nil {
		return 1 // it has seen enough, or has gone
	}
	said := newReports(client)
	defer said.end()
	report, err := r.replace(request, r.owner(key), &stalling{r: in, client: client}, said)
	if err != nil {
		r.m.Printf("machine: %s: the program is not replaced: %v", request.Service, err)
		report = replacement.Report{Outcome: replacement.Refused, Message: err.Error()}
	}
	said.add(report)
	if report.Outcome != replacement.Replaced {
		return 1
	}
	return 0
}

// replace takes a program and runs it. An error leaves the old one running.
func (r replacer) replace(request replacement.Request, by string, in io.Reader, said *reports) (replacement.Report, error) {
	if request.Size > replacement.MaxProgram {
		return replacement.Report{}, errors.Errorf("the program has %d bytes, and may have %d", request.Size, replacement.MaxProgram)
	}
	next, err := r.m.ReplaceProgram(request.Service, by)
	if err != nil {
		return replacement.Report{}, err
	}
	defer next.Close()
	if err := next.Receive(in, request.Size, request.SHA256); err != nil {
		return replacement.Report{}, err
	}
	said.add(replacement.Report{Step: replacement.Received})

	lines := logOf{r.m, request.Service}
	var started, ended int
	waits, err := next.Run(func() {
		started = lines.came()
		said.add(replacement.Report{Step: replacement.Stopped})
	}, func() {
		ended = lines.came()
		said.add(replacement.Report{Step: replacement.Failed})
	})
	if err != nil {
		return replacement.Report{
			Outcome: replacement.RolledBack, Message: err.Error(), Old: lines.last(started), New: lines.between(started, ended),
		}, nil
	}
	return replacement.Report{Outcome: replacement.Replaced, Message: waits, New: lines.between(started, lines.came())}, nil
}

// logOf is what the machine's log has of a service.
type logOf struct {
	m       machine.Machine
	service string
}

// came is how many lines have come to the log by now.
func (l logOf) came() int {
	_, n := l.m.LogSince(int(^uint(0) >> 1))
	return n
}

// last are the service's last lines among the first to.
func (l logOf) last(to int) []string {
	lines, came := l.m.LogSince(0)
	lines = status.Of(lines[:max(0, len(lines)-max(0, came-to))], l.service)
	return lines[max(0, len(lines)-shownLines):]
}

// between are the service's first and last lines among those that came after the first
// from, up to the first to.
func (l logOf) between(from, to int) []string {
	lines, came := l.m.LogSince(from)
	lines = status.Of(lines[:max(0, len(lines)-max(0, came-to))], l.service)
	if left := len(lines) - 2*shownLines; left > 0 {
		return slices.Concat(lines[:shownLines], []string{fmt.Sprintf("(%d more lines)", left)}, lines[shownLines+left:])
	}
	return lines
}

// stalling ends the connection of a client from which nothing comes.
type stalling struct {
	r      io.Reader
	client io.Closer
}

func (s *stalling) Read(p []byte) (int, error) {
	alarm := time.AfterFunc(stallTime, func() { _ = s.client.Close() })
	defer alarm.Stop()
	return s.r.Read(p)
}

// reports go to a client, which must not hold up who makes them.
type reports struct {
	queue chan replacement.Report
	done  chan struct{}
}

func newReports(client io.Writer) *reports {
	const most = 8 // of one replacement
	r := &reports{make(chan replacement.Report, most), make(chan struct{})}
	go func() {
		defer close(r.done)
		for report := range r.queue {
			if replacement.Write(client, report) != nil {
				return
			}
		}
	}()
	return r
}

func (r *reports) add(report replacement.Report) { r.queue <- report }

// end waits until the client has got all, but not for ever.
func (r *reports) end() {
	close(r.queue)
	select {
	case <-r.done:
	case <-time.After(stallTime):
	}
}
