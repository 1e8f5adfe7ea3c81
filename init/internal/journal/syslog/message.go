// Package syslog sends lines to a syslog server: RFC 5424 over UDP (RFC 5426),
// TCP (RFC 6587) and TLS (RFC 5425).
package syslog

import (
	"fmt"
	"strconv"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
)

// Facility is the kind of a message's origin (RFC 5424, 6.2.1).
type Facility int

// The facilities that we use.
const (
	Kernel Facility = 0
	User   Facility = 1
	Daemon Facility = 3
)

// Message is one message (RFC 5424, 6).
type Message struct {
	Facility Facility
	Severity logline.Severity
	Time     time.Time
	Host     string
	App      string
	// Sequence counts the messages from 1 to 2147483647, and then starts again (7.3.1).
	// It shows a server what was lost or sent twice.
	Sequence int
	Text     string
}

// The longest allowed names (RFC 5424, 6).
const (
	longestHost = 255
	longestApp  = 48
)

// Append appends the message in the form in which it is sent.
func (m Message) Append(b []byte) []byte {
	b = fmt.Appendf(b, "<%d>1 %s %s %s - - ", int(m.Facility)<<3|int(m.Severity),
		m.Time.UTC().Format("2006-01-02T15:04:05.000000Z"), name(m.Host, longestHost), name(m.App, longestApp))
	b = fmt.Appendf(b, `[meta sequenceId="%d"] `, m.Sequence)
	return append(b, m.Text...)
}

// name reduces a text to printable ASCII characters without spaces, or "-" if none are
// left.
func name(text string, longest int) string {
	var kept []byte
	for _, c := range []byte(text) {
		if c > ' ' && c < 0x7f && len(kept) < longest {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		return "-"
	}
	return string(kept)
}

// appendFrame appends a message in the form for streams, with its length before it (RFC
// 6587, 3.4.1; RFC 5425, 4.3).
func appendFrame(b, message []byte) []byte {
	b = strconv.AppendInt(b, int64(len(message)), 10)
	return append(append(b, ' '), message...)
}
