package machine

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/oom"
)

// oomPatience is how long the kernel may take from the signal to its message,
// which is microseconds but on a machine without memory.
const oomPatience = 500 * time.Millisecond

// oomKills is how many processes the kernel has ended for want of memory by now.
func (p *pid1) oomKills() int {
	vmstat, err := p.kernel.ReadFile("proc/vmstat")
	if err != nil {
		return oom.Unknown
	}
	return oom.Count(string(vmstat))
}

// exitCause says how the program failed, nil if it did not, and if it was for
// want of memory, of which. kills is what oomKills was when it started.
func (p *pid1) exitCause(pid int, s syscall.WaitStatus, kills int) error {
	now := p.oomKills()
	if !s.Signaled() || s.Signal() != syscall.SIGKILL || now == kills && now != oom.Unknown {
		return exitError(s)
	}
	messages, err := os.Open(p.kernel.Path("dev/kmsg"))
	if err != nil {
		return exitError(s) // a kernel without printk: nobody knows
	}
	defer messages.Close()
	cause, err := oom.Find(messages, pid, oomPatience)
	if err != nil {
		p.Report("program", errors.Wrap(err, "finding out whether it was memory"))
	}
	switch cause {
	case oom.Group:
		return errors.Errorf("out of memory: the kernel killed it when it had used up its %d MiB: "+
			"raise program.memory (memory of the template's supervise)", p.config.Program.Memory)
	case oom.Machine:
		return errors.Errorf("out of memory: the kernel killed it when the machine had used up its %s MiB: "+
			"give the machine more (memory of the box, -m of QEMU)", p.totalMemory())
	}
	return exitError(s)
}

// totalMemory is the line MemTotal of /proc/meminfo in MiB (proc(5)): what the
// machine was given, less what firmware and kernel keep for themselves.
func (p *pid1) totalMemory() string {
	info, _ := p.kernel.ReadFile("proc/meminfo")
	for line := range strings.Lines(string(info)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "MemTotal:" {
			if kib, err := strconv.Atoi(fields[1]); err == nil {
				return strconv.Itoa(kib >> 10)
			}
		}
	}
	return "(unknown)"
}
