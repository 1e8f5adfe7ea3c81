// Package oom finds out whether the kernel ended a process for want of memory,
// by what the kernel itself says of it.
package oom

import (
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kmsg"
)

// Cause is what memory a process was ended for.
type Cause int

const (
	// Other is none: the kernel does not say that it ended the process.
	Other Cause = iota
	// Machine is the machine's memory.
	Machine
	// Group is the limit of the process' control group.
	Group
)

// Unknown is the count of a kernel that does not count: one before 4.13.
const Unknown = -1

// Count is how many processes the kernel has ended for want of memory since it
// started: the line oom_kill of /proc/vmstat, raised before the process gets its
// signal (mm/oom_kill.c, __oom_kill_process).
func Count(vmstat string) int {
	for line := range strings.Lines(vmstat) {
		if text, ok := strings.CutPrefix(line, "oom_kill "); ok {
			if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 0 {
				return n
			}
		}
	}
	return Unknown
}

// Messages are the kernel's, as /dev/kmsg gives them.
type Messages interface {
	io.Reader
	SetReadDeadline(time.Time) error
}

// Find reads messages until one says that a process was ended for want of
// memory. That comes after the process has got its signal, hence the patience:
// when it is over, or there are no more messages, the cause is Other.
func Find(messages Messages, pid int, patience time.Duration) (Cause, error) {
	if err := messages.SetReadDeadline(time.Now().Add(patience)); err != nil && !errors.Is(err, os.ErrNoDeadline) {
		return Other, err
	}
	buffer := make([]byte, kmsg.Longest)
	for {
		n, err := messages.Read(buffer)
		switch {
		case errors.Is(err, syscall.EPIPE): // overwritten: the next read goes on
			continue
		case errors.Is(err, os.ErrDeadlineExceeded) || err == io.EOF:
			return Other, nil
		case err != nil:
			return Other, errors.Wrap(err, "reading the kernel's messages")
		}
		r, err := kmsg.Parse(buffer[:n])
		if err != nil {
			return Other, err
		}
		if victim, cause := parse(r); cause != Other && victim == pid {
			return cause, nil
		}
	}
}

// The beginnings of the kernel's message about a victim (mm/oom_kill.c).
var beginnings = map[string]Cause{
	"Out of memory: Killed process ":                            Machine,
	"Out of memory (oom_kill_allocating_task): Killed process ": Machine,
	"Memory cgroup out of memory: Killed process ":              Group,
	"Out of memory: Kill process ":                              Machine, // before 5.1
	"Out of memory (oom_kill_allocating_task): Kill process ":   Machine,
	"Memory cgroup out of memory: Kill process ":                Group,
}

// parse returns the process that a message says was ended, and for what. A
// program may write messages, too, but not as the kernel (facility 0).
func parse(r kmsg.Record) (pid int, cause Cause) {
	if r.Facility != 0 {
		return 0, Other
	}
	for beginning, cause := range beginnings {
		if rest, ok := strings.CutPrefix(r.Text, beginning); ok {
			number, _, _ := strings.Cut(rest, " ")
			if pid, err := strconv.Atoi(strings.TrimSuffix(number, ",")); err == nil {
				return pid, cause
			}
		}
	}
	return 0, Other
}
