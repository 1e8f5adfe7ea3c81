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
	}
	if !known {
		return ""
	}
	return fmt.Sprintf("GOMEMLIMIT=%d", limit/10*9)
}
