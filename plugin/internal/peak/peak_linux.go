// Package peak measures how much memory a command takes.
package peak

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// pause is the time between two looks.
const pause = 20 * time.Millisecond

// Run runs a command, and returns its output and the most memory that was resident, in
// bytes, as far as it was there some 20 ms before the command's end.
//
// It is VmHWM of proc_pid_status(5). The ru_maxrss of getrusage(2) is not less than what
// this process had when it started the command.
func Run(c *exec.Cmd) (out []byte, most int64, err error) {
	var both bytes.Buffer
	c.Stdout, c.Stderr = &both, &both
	if err := c.Start(); err != nil {
		return nil, 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		select {
		case err := <-ended:
			return both.Bytes(), most, err
		case <-time.After(pause):
			most = max(most, resident(c.Process.Pid))
		}
	}
}

// resident returns a process's VmHWM in bytes, 0 if it has ended.
func resident(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "\nVmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), "kB")), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
