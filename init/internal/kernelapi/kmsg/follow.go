package kmsg

import (
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/pkg/errors"
)

// Longest is a buffer size in bytes that fits every message (kernel/printk/printk.c:
// PRINTK_MESSAGE_MAX is 2048, without the name of a device).
const Longest = 8192

// warning is the severity of the line that counts lost messages.
const warning = 4

// Follow reads messages from /dev/kmsg until a read fails. It starts with the oldest
// message that the kernel still has. Messages that were overwritten before they could
// be read, or that the limit holds back, are counted in a line of their own.
func Follow(device io.Reader, limit *Limit, now func() time.Duration, add func(Record)) error {
	buffer := make([]byte, Longest)
	next := uint64(0)
	for {
		n, err := device.Read(buffer)
		if errors.Is(err, syscall.EPIPE) { // overwritten: the next read continues after the gap
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
