package debug

import (
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	status "github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/debug/page"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

// source is the machine as the status page sees it.
type source struct{ machine.Machine }

// logLines is how many lines of the log the page shows.
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
		Timeline: s.Timeline(), Program: program(s.Program()), Services: s.Services(), Config: keysOf(s.Keys()),
		Interfaces: status.Interfaces(), Leases: leases(s.Leases()), Resolver: status.Lines("/etc/resolv.conf"),
		Modules: status.Modules(status.Lines("/proc/modules")), Log: s.Log(logLines),
	}
}

func keysOf(all []machine.Key) []status.Key {
	var keys []status.Key
	for _, k := range all {
		keys = append(keys, status.Key(k))
	}
	return keys
}

func (s source) Services() []status.Service {
	var all []status.Service
	for _, p := range s.Programs() {
		all = append(all, status.Service{Name: p.Name, Kind: p.Kind, Phase: p.Phase, Program: program(p.ProgramState)})
	}
	return all
}

func program(p machine.ProgramState) status.Program {
	shown := status.Program{
		PID: p.PID, Started: p.Started.Seconds(), ReadySince: p.Ready.Seconds(), Restarts: p.Restarts, LastExit: p.LastExit,
	}
	if p.Substitute != "" {
		shown.Substitute = &status.Substitute{SHA256: p.Substitute, By: p.ReplacedBy, Since: p.Replaced.Seconds()}
	}
	return shown
}

func leases(all []machine.Lease) []status.Lease {
	var shown []status.Lease
	for _, l := range all {
		s := status.Lease{
			Interface: l.Interface, Protocol: l.Protocol, Server: l.Server, DNS: texts(l.DNS), NTP: texts(l.NTP), Search: l.Search,
			Since: l.Since.Seconds(), Renew: l.Renew.Seconds(), Expire: l.Expire.Seconds(),
		}
		if l.Address.IsValid() {
			s.Address = l.Address.String()
		}
		shown = append(shown, s)
	}
	return shown
}

func texts(addresses []netip.Addr) []string {
	var all []string
	for _, a := range addresses {
		all = append(all, a.String())
	}
	return all
}
