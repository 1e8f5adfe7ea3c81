package syslog

import (
	"fmt"
	"sync"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
)

// queue holds the lines that the server does not have yet. A full queue drops new lines
// and counts them. It puts a note with their number in the place where they are
// missing.
type queue struct {
	limit int
	wake  chan struct{} // a token if there may be something to send

	mu      sync.Mutex
	lines   []logline.Line
	dropped int
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, wake: make(chan struct{}, 1)}
}

// add adds a line. It never blocks.
func (q *queue) add(l logline.Line) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.dropped > 0 && len(q.lines) < q.limit {
		q.lines = append(q.lines, dropNote(q.dropped))
		q.dropped = 0
	}
	if len(q.lines) >= q.limit {
		q.dropped++
		return
	}
	q.lines = append(q.lines, l)
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func dropNote(n int) logline.Line {
	return logline.Line{
		Time: time.Now(), Severity: logline.Warning, Source: "machine",
		Text: fmt.Sprintf("machine: log: %d lines were dropped here: the queue to the syslog server was full", n),
	}
}

// first returns up to n lines. They stay in the queue.
func (q *queue) first(n int) []logline.Line {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lines[:min(n, len(q.lines))]
}

// putBack puts lines at the head of the queue, even beyond the limit.
func (q *queue) putBack(lines []logline.Line) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lines = append(lines, q.lines...)
}

// remove removes the first n lines, because the server has them.
func (q *queue) remove(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.lines[:n]) // free their texts
	q.lines = q.lines[n:]
	if len(q.lines) == 0 && q.dropped > 0 {
		q.lines = append(q.lines, dropNote(q.dropped))
		q.dropped = 0
	}
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.lines) == 0
}
