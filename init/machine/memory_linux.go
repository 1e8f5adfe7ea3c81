package machine

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/cgroup"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

const (
	// cgroups is where systemd and everybody else mounts the hierarchy.
	cgroups = "sys/fs/cgroup"
	// programGroup is the program's control group.
	programGroup = "program"
	// sacrifice is how much rather than others the program is to be ended when
	// memory runs out, from 0 to 1000 (proc(5), oom_score_adj). The kernel never
	// chooses PID 1 (mm/oom_kill.c, oom_unkillable_task).
	sacrifice = "500"
)

// memoryGroup returns the folder of a control group with the program's limit.
func (p *pid1) memoryGroup() (*os.File, error) {
	root := filepath.Join(p.kernel.Root, cgroups)
	if err := p.kernel.Mount("cgroup2", root, "cgroup2", unix.MS_NOSUID|unix.MS_NOEXEC|unix.MS_NODEV, ""); err != nil && kernelapi.Errno(err) != unix.EBUSY {
		return nil, errors.Wrap(err, "limiting memory: mounting cgroup2")
	}
	return cgroup.Memory(root, programGroup, int64(p.config.Program.Memory)<<20)
}

// offer has the kernel take the program first when memory runs out, before what
// PID 1's services have started. It may have ended already.
func (p *pid1) offer(pid int) {
	_ = os.WriteFile(filepath.Join(p.kernel.Root, "proc", strconv.Itoa(pid), "oom_score_adj"), []byte(sacrifice), 0)
}

// memoryHint is the environment entry by which a Go program collects its garbage
// in time: nine tenths of what there is for it. It is empty where the program
// has one of its own, or nothing is known.
func (p *pid1) memoryHint() string {
	if slices.ContainsFunc(p.config.Program.Env, func(e string) bool { return strings.HasPrefix(e, "GOMEMLIMIT=") }) {
		return ""
	}
	limit := int64(math.MaxInt64)
	if info, err := os.ReadFile(filepath.Join(p.kernel.Root, "proc/meminfo")); err == nil {
		limit = availableMemory(string(info))
	}
	if c := p.config.Program.Memory; c > 0 {
		limit = min(limit, int64(c)<<20)
	}
	if limit == math.MaxInt64 {
		return ""
	}
	return fmt.Sprintf("GOMEMLIMIT=%d", limit/10*9)
}

// availableMemory is the line MemAvailable of /proc/meminfo in bytes (proc(5)),
// a number without end if there is none.
func availableMemory(info string) int64 {
	for line := range strings.Lines(info) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "MemAvailable:" {
			if n, err := strconv.ParseInt(fields[1], 10, 64); err == nil && n > 0 && n < math.MaxInt64>>10 {
				return n << 10
			}
		}
	}
	return math.MaxInt64
}
