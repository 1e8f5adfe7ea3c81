// Package kmsg reads the kernel's messages from /dev/kmsg.
package kmsg

import (
	"bytes"
	"strconv"
	"time"

	"github.com/pkg/errors"
)

// Record is one message (Documentation/ABI/testing/dev-kmsg).
type Record struct {
	// Facility is 0 for the kernel's own messages (RFC 5424, 6.2.1).
	Facility int
	// Severity is from 0 (emergency) to 7 (debugging): syslog(2).
	Severity int
	// Sequence counts the messages since the kernel started.
	Sequence uint64
	// Since is the time of the message, counted from when the kernel started its clock.
	Since time.Duration
	Text  string
}

// Parse parses the bytes that one read of /dev/kmsg returns:
//
//	6,339,5140900,-;NET: Registered PF_INET protocol family
//	 SUBSYSTEM=...
//
// It leaves out the lines that begin with a space, which name a device.
func Parse(record []byte) (Record, error) {
	head, text, ok := bytes.Cut(record, []byte(";"))
	fields := bytes.Split(head, []byte(","))
	if !ok || len(fields) < 4 {
		return Record{}, errors.Errorf("a kernel message must begin with four fields and a semicolon, not %q", shorten(record))
	}
	priority, err := strconv.ParseUint(string(fields[0]), 10, 16)
	if err != nil {
		return Record{}, errors.Wrap(err, "the priority of a kernel message")
	}
	sequence, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return Record{}, errors.Wrap(err, "the sequence number of a kernel message")
	}
	since, err := strconv.ParseInt(string(fields[2]), 10, 64)
	if err != nil || since < 0 || since > int64(maxSince/time.Microsecond) {
		return Record{}, errors.Errorf("the time of a kernel message must be a number of microseconds, not %q", fields[2])
	}
	text, _, _ = bytes.Cut(text, []byte("\n"))
	return Record{
		Facility: int(priority >> 3),
		Severity: int(priority & 7),
		Sequence: sequence,
		Since:    time.Duration(since) * time.Microsecond,
		Text:     string(text),
	}, nil
}

// maxSince is the longest duration that a time.Duration holds.
const maxSince = time.Duration(1<<63 - 1)

func shorten(b []byte) []byte { return b[:min(len(b), 80)] }
