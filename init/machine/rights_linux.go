package machine

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/confine"
)

// fork starts the program with the rights that the configuration leaves it.
func (p *pid1) fork(path string, argv []string, files []uintptr) (int, <-chan syscall.WaitStatus, error) {
	c := p.config.Program
	attr := &syscall.ProcAttr{Dir: p.kernel.Root, Env: p.environment(), Files: files, Sys: &syscall.SysProcAttr{Setsid: true}}
	if c.UID != 0 || c.GID != 0 {
		attr.Sys.Credential = &syscall.Credential{Uid: c.UID, Gid: c.GID}
	}
	if c.UID != 0 {
		attr.Sys.AmbientCaps = []uintptr{unix.CAP_NET_BIND_SERVICE}
	}
	if c.Memory > 0 {
		if group, err := p.memoryGroup(); err != nil {
			p.Report("program", err)
		} else {
			defer group.Close()
			attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, int(group.Fd())
		}
	}
	rights := confine.Rights{NoNewPrivileges: c.NoNewPrivileges, ReadOnly: c.ReadOnly, Writable: c.Writable}
	if !rights.None() {
		var err error
		if path, argv, err = confine.Command(rights, path, argv); err != nil {
			return 0, nil, err
		}
	}
	return p.reaper.start(path, argv, attr)
}
