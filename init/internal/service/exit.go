//go:build linux

package service

import (
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/service/oom"
)

// oomPatience is how long the kernel may take from the signal to its message,
// which is microseconds but on a machine without memory.
const oomPatience = 500 * time.Millisecond

// oomKills is how many processes the kernel has ended for want of memory by now.
func (s *Service) oomKills() int {
	vmstat, err := s.set.kernel.ReadFile("proc/vmstat")
	if err != nil {
		return oom.Unknown
	}
	return oom.Count(string(vmstat))
}

// exitCause says how the program failed, nil if it did not, and if it was for
// want of memory, of which. kills is what oomKills was when it started.
func (s *Service) exitCause(pid int, status syscall.WaitStatus, kills int) error {
	now := s.oomKills()
	if !status.Signaled() || status.Signal() != syscall.SIGKILL || now == kills && now != oom.Unknown {
		return exitError(status)
	}
	messages, err := os.Open(s.set.kernel.Path("dev/kmsg"))
	if err != nil {
		return exitError(status) // a kernel without printk: nobody knows
	}
	defer messages.Close()
	cause, err := oom.Find(messages, pid, oomPatience)
	if err != nil {
		s.report(errors.Wrap(err, "finding out whether it was memory"))
	}
	switch cause {
	case oom.Group:
		return errors.Errorf("out of memory: the kernel killed it when it had used up its %d MiB: "+
			"raise %s (memory of the template's supervise)", s.Memory, s.key("memory"))
	case oom.Machine:
		return errors.Errorf("out of memory: the kernel killed it when the machine had used up its %s MiB: "+
			"give the machine more (memory of the box, -m of QEMU)", s.totalMemory())
	}
	return exitError(status)
}

// totalMemory is in MiB: what the machine was given, less what firmware and kernel
// keep for themselves.
func (s *Service) totalMemory() string {
	if total, ok := s.set.kernel.MemInfo("MemTotal"); ok {
		return strconv.FormatInt(total>>20, 10)
	}
	return "(unknown)"
}

// exitError says how a process failed, nil if it did not.
func exitError(s syscall.WaitStatus) error {
	switch {
	case s.Signaled() && s.CoreDump():
		return errors.Errorf("killed by signal %d (%s, core dumped)", s.Signal(), s.Signal())
	case s.Signaled():
		return errors.Errorf("killed by signal %d (%s)", s.Signal(), s.Signal())
	case s.ExitStatus() != 0:
		return errors.Errorf("exit status %d", s.ExitStatus())
	}
	return nil
}
