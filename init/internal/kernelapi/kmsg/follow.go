package kmsg

import (
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/pkg/errors"
)

// Longest is more than the longest message (kernel/printk/printk.c,
// PRINTK_MESSAGE_MAX is 2048, a device's name not counted).
const Longest = 8192

// warning is the severity of messages that were left out.
const warning = 4

// Follow reads messages from /dev/kmsg, beginning with the oldest that the
// kernel has kept, until that fails. What has been overwritten before it could
// be read, and what the limit keeps back, is counted in a line of its own.
func Follow(device io.Reader, limit *Limit, now func() time.Duration, add func(Record)) error {
	buffer := make([]byte, Longest)
	next := uint64(0)
	for {
		n, err := device.Read(buffer)
		if errors.Is(err, syscall.EPIPE) { // overwritten: the next read goes on
			continue
		}
		if err != nil {
			return errors.Wrap(err, "reading the kernel's messages")
		}
		r, err := Parse(buffer[:n])
		if err != nil {
			return err
		}
		lost := r.Sequence - next
		if next == 0 || r.Sequence < next {
			lost = 0
		}
		next = r.Sequence + 1
		pass, held := limit.Take(now())
		if lost += uint64(held); lost > 0 && pass {
			add(Record{Severity: warning, Since: r.Since, Text: fmt.Sprintf("%d messages are left out here", lost)})
		}
		if pass {
			add(r)
		}
	}
}
