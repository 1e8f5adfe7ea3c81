package syslog

import (
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
)

// doubtTime is how long a line is in doubt: acknowledged, but perhaps by a machine
// between that did not know yet that the server is gone.
const doubtTime = 2 * time.Second

// doubts are the lines of a stream that were acknowledged last.
type doubts []doubt

type doubt struct {
	at   time.Time
	line logline.Line
}

// add notes lines that have just been acknowledged, up to limit of them, and forgets
// those that no longer are in doubt.
func (d *doubts) add(now time.Time, lines []logline.Line, limit int) {
	d.forget(now)
	for _, l := range lines {
		*d = append(*d, doubt{now, l})
	}
	*d = (*d)[max(0, len(*d)-limit):]
}

// take returns the lines that are in doubt, as the stream has ended.
func (d *doubts) take(now time.Time) []logline.Line {
	d.forget(now)
	var lines []logline.Line
	for _, each := range *d {
		lines = append(lines, each.line)
	}
	*d = nil
	return lines
}

func (d *doubts) forget(now time.Time) {
	old := 0
	for old < len(*d) && now.Sub((*d)[old].at) > doubtTime {
		old++
	}
	*d = append(doubts(nil), (*d)[old:]...)
}
