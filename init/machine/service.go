package machine

import (
	"context"
	"encoding/json"
	"net/netip"
	"syscall"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// Service is something that PID 1 does beside the program, in its own process.
type Service struct {
	// Name is what the consoles call it.
	Name string
	// Run does it until ctx ends. Should it fail or panic, it is reported and run
	// again, after a while that grows as that between two starts of the program
	// does. If it returns nil it is done.
	//
	// ctx ends when the machine does, after the program and all other processes
	// and before disks are unmounted and the log closed; of several services, the
	// last one's first. Run then has 10 seconds to return.
	Run func(ctx context.Context, m Machine) error
	// Commands are what this executable does in processes that Run starts, by
	// the name under which it is started (argv[0]). Their result is the exit
	// status.
	Commands map[string]func(args []string) int
}

// Machine is what a service sees of the machine that it runs in.
type Machine interface {
	// Config is the configuration in effect.
	Config() config.Config
	// Keys lists the keys of the configuration, each with the layer that it came
	// from, and with secrets masked.
	Keys() []Key
	// Printf shows lines on every console.
	Printf(format string, args ...any)
	// Log returns the last lines of the log, up to n of them, oldest first, each
	// with its time, source and severity.
	Log(n int) []string
	// LogSince returns the lines that came after the first n of all, as far as
	// they are kept, and how many have come by now.
	LogSince(n int) (lines []string, came int)
	// Timeline is where the time of the boot went. It prints itself as one line.
	Timeline() json.Marshaler
	// Program is what is known of the program.
	Program() ProgramState
	// Programs lists the program, by the name config.Main, and the services of the
	// configuration, in the order of their start.
	Programs() []NamedProgram
	// StartProgram starts one of them, and runs a timer now; StopProgram stops one,
	// which then stays so, and waits for its end. The cause is shown. The error is that
	// there is none of that name.
	StartProgram(name string) error
	StopProgram(name, cause string) error
	// Leases lists what DHCP servers let the machine have, in the order of the
	// interfaces' names.
	Leases() []Lease
	// PowerOff and Reboot end the machine in order. The cause is shown.
	PowerOff(cause string)
	Reboot(cause string)
	// Start starts a process, as [syscall.ForkExec] does, and tells where its
	// exit status will come. The package os/exec works in a service as well, on
	// Linux 5.4 and later: to anything else that waits for a process, such as
	// [syscall.Wait4], its status is lost.
	Start(path string, argv []string, attr *syscall.ProcAttr) (pid int, status <-chan syscall.WaitStatus, err error)
}

// ProgramState is what is known of the program. Times are since the kernel
// started.
type ProgramState struct {
	// PID is the program's process, 0 while it does not run.
	PID int
	// Started is when that process was started.
	Started time.Duration
	// Ready is when it first showed that it works, 0 if it has not.
	Ready time.Duration
	// Worked is when it last showed that it works.
	Worked time.Duration
	// Restarts is how often it was started after the first time.
	Restarts int
	// LastExit says how it ended the last time, empty if it never has.
	LastExit string
	// Phase is what it does: "running", "ended", "failed", "stopped", or a phrase that
	// says what it waits for. Empty before it was first started.
	Phase string
}

// NamedProgram is what is known of the program, or of a service of the configuration.
type NamedProgram struct {
	Name string
	// Kind is one of config.KindSimple, config.KindOneshot and config.KindTimer.
	Kind string
	ProgramState
}

// Lease is what a DHCP server lets the machine have. Times are since the kernel
// started.
type Lease struct {
	Interface string
	Protocol  string // "DHCPv4" or "DHCPv6"
	// Address is the machine's, with the length of its network's prefix; not
	// valid where DHCPv6 was asked for all but an address.
	Address netip.Prefix
	// Server is the DHCPv4 server's address, if it gave it.
	Server string
	// DNS and NTP are servers' addresses, Search are domains, as they were sent.
	DNS, NTP []netip.Addr
	Search   []string
	// Since is when the lease was granted or last renewed, Renew when it is to be
	// renewed and Expire when it ends if it is not.
	Since, Renew, Expire time.Duration
}

// Key is a key of the configuration, with where it came from.
type Key struct {
	Name string `json:"name"`
	// Value is the value as JSON, with secrets masked.
	Value json.RawMessage `json:"value"`
	Layer string          `json:"layer"`
}

// WithService has PID 1 run a service. Where there is no machine it is not run.
func WithService(s Service) Option {
	return func(o *setup) { o.services = append(o.services, s) }
}

// command is what the executable is to do under a name, nil if nothing else
// than usual.
func (o setup) command(name string) func(args []string) int {
	for _, service := range o.services {
		if run := service.Commands[name]; run != nil {
			return run
		}
	}
	return nil
}
