package syslog

import (
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
)

// doubtTime is how long a line stays in doubt after it was acknowledged. A machine on
// the way may have acknowledged it without knowing yet that the server was gone.
const doubtTime = 2 * time.Second

// doubts are the lines of a stream that were acknowledged recently.
type doubts []doubt

type doubt struct {
	at   time.Time
	line logline.Line
}

// add records lines that have just been acknowledged. It keeps at most limit lines, and
// drops those that are no longer in doubt.
func (d *doubts) add(now time.Time, lines []logline.Line, limit int) {
	d.forget(now)
	for _, l := range lines {
		*d = append(*d, doubt{now, l})
	}
	*d = (*d)[max(0, len(*d)-limit):]
}

// take returns the lines that are in doubt when a stream ends, and forgets them.
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
