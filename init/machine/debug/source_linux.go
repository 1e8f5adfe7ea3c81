package debug

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/status"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

// source is what the status page shows of a machine.
type source struct{ machine.Machine }

// logLines is how much of the log the page itself shows.
const logLines = 200

func (s source) Report() status.Report {
	host, _ := os.Hostname()
	var u unix.Utsname
	_ = unix.Uname(&u)
	var up unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &up)
	return status.Report{
		Hostname: host, Version: config.Version, Kernel: unix.ByteSliceToString(u.Release[:]),
		Uptime:   time.Duration(up.Nano()).Seconds(),
		Timeline: s.Timeline(), Config: s.Keys(),
		Interfaces: status.Interfaces(), Resolver: status.Lines("/etc/resolv.conf"),
		Modules: status.Modules(status.Lines("/proc/modules")), Log: s.Log(logLines),
	}
}
