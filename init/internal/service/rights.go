//go:build linux

package service

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/service/confine"
)

// fork starts the program with the rights that the configuration leaves it.
func (s *Service) fork(files []uintptr) (int, <-chan syscall.WaitStatus, error) {
	attr := &syscall.ProcAttr{Dir: s.set.kernel.Path(s.Dir), Env: s.environment(), Files: files, Sys: &syscall.SysProcAttr{Setsid: true}}
	if s.UID != 0 || s.GID != 0 || len(s.Groups) > 0 {
		attr.Sys.Credential = &syscall.Credential{Uid: s.UID, Gid: s.GID, Groups: s.Groups}
	}
	if s.UID != 0 {
		attr.Sys.AmbientCaps = []uintptr{unix.CAP_NET_BIND_SERVICE}
	}
	if s.Memory > 0 {
		if group, err := s.memoryGroup(); err != nil {
			s.report(err)
		} else {
			defer group.Close()
			attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, int(group.Fd())
		}
	}
	path, argv := s.executable(), s.argv()
	rights := confine.Rights{NoNewPrivileges: s.NoNewPrivileges, ReadOnly: s.ReadOnly, Writable: s.Writable}
	if !rights.None() {
		var err error
		if path, argv, err = confine.Command(rights, path, argv); err != nil {
			return 0, nil, err
		}
	}
	return s.set.reaper.Start(path, argv, attr)
}
