//go:build linux

package service

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/service/cgroup"
)

const (
	// cgroups is where systemd and everybody else mounts the hierarchy.
	cgroups = "sys/fs/cgroup"
	// oomScore is how readily the kernel ends the program when memory runs out,
	// from 0 to 1000 (proc(5), oom_score_adj). The kernel never chooses PID 1
	// (mm/oom_kill.c, oom_unkillable_task).
	oomScore = "500"
)

// memoryGroup returns the folder of the service's control group, with its limit.
func (s *Service) memoryGroup() (*os.File, error) {
	root := s.set.kernel.Path(cgroups)
	if err := s.set.kernel.Mount("cgroup2", root, "cgroup2", unix.MS_NOSUID|unix.MS_NOEXEC|unix.MS_NODEV, ""); err != nil && kernelapi.Errno(err) != unix.EBUSY {
		return nil, errors.Wrap(err, "limiting memory: mounting cgroup2")
	}
	return cgroup.Memory(root, s.Name, int64(s.Memory)<<20)
}

// offerToOOM has the kernel end the program first when memory runs out, before what
// PID 1 itself has started. The program may have ended already.
func (s *Service) offerToOOM(pid int) {
	_ = os.WriteFile(s.set.kernel.Path("proc/"+strconv.Itoa(pid)+"/oom_score_adj"), []byte(oomScore), 0)
}

// memoryHint is the environment entry that makes a Go program collect its garbage
// in time: nine tenths of the memory that it can have. It is empty if the program
// has an entry of its own, or nothing is known.
func (s *Service) memoryHint() string {
	if slices.ContainsFunc(s.Env, func(e string) bool { return strings.HasPrefix(e, "GOMEMLIMIT=") }) {
		return ""
	}
	limit, known := s.set.kernel.MemInfo("MemAvailable")
	if own := int64(s.Memory) << 20; own > 0 && (own < limit || !known) {
		limit, known = own, true
	} else if s.set.available > 0 && own == 0 {
		limit = min(limit, s.set.share(s))
	}
	if !known {
		return ""
	}
	return fmt.Sprintf("GOMEMLIMIT=%d", limit/10*9)
}

// share is how much of the memory a service without a limit can count on, in bytes: an
// equal part of what those with a limit leave, and of at least a quarter of all, as limits
// may promise more than there is. One that does not keep running counts only itself
// among its kind.
func (s *Set) share(of *Service) int64 {
	rest, parts := s.available, int64(0)
	for _, member := range s.members {
		switch {
		case member.Memory > 0:
			rest -= int64(member.Memory) << 20
		case member == of || member.Kind == config.KindSimple || member.Kind == "":
			parts++
		}
	}
	return max(rest, s.available/4) / parts
}
