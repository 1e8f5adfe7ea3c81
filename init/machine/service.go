package machine

import (
	"context"
	"encoding/json"
	"io"
	"net/netip"
	"syscall"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// Service is a task that PID 1 runs in its own process, beside the program.
type Service struct {
	// Name is its name on the consoles.
	Name string
	// Run runs until ctx ends. If it fails or panics, that is reported and Run is
	// called again. The delay grows in the same way as the delay between two starts of
	// the program. If it returns nil, it is done.
	//
	// ctx ends when the machine does: after the program and all other processes have
	// ended, and before disks are unmounted and the log is closed. The context of the
	// last service ends first. Run then has 10 seconds to return.
	Run func(ctx context.Context, m Machine) error
	// Commands are functions of this executable for processes that Run starts, by the
	// name (argv[0]) under which a process is started. They return the exit status.
	Commands map[string]func(args []string) int
}

// Machine is the interface through which a service sees its machine.
type Machine interface {
	// Config is the configuration in effect.
	Config() config.Config
	// Keys returns the keys of the configuration, each with the layer from which it
	// came. Secrets are masked.
	Keys() []Key
	// Printf shows lines on every console.
	Printf(format string, args ...any)
	// Log returns the last lines of the log, up to n of them, oldest first, each
	// with its time, source and severity.
	Log(n int) []string
	// LogSince returns the lines that came after the first n of all lines, as far as
	// they are kept, and how many lines have come by now.
	LogSince(n int) (lines []string, came int)
	// Timeline shows how the boot spent its time. It prints itself as one line.
	Timeline() json.Marshaler
	// Program returns the state of the program.
	Program() ProgramState
	// Programs returns the program, under the name config.Main, and the services of the
	// configuration, in the order of their start.
	Programs() []NamedProgram
	// StartProgram starts one of the programs; a timer runs now. StopProgram stops one
	// and waits for its end; it stays stopped. The cause is shown. The error says that
	// there is no program with this name.
	StartProgram(name string) error
	StopProgram(name, cause string) error
	// ReplaceProgram lets somebody, such as the owner of a key, put another executable in
	// the place of one of the programs until the machine ends. The error says that there
	// is no program with this name, or that somebody else is at it.
	ReplaceProgram(name, by string) (Replacement, error)
	// Leases returns what DHCP servers have granted, ordered by the interfaces' names.
	Leases() []Lease
	// PowerOff and Reboot end the machine in order. The cause is shown.
	PowerOff(cause string)
	Reboot(cause string)
	// Start starts a process, as [syscall.ForkExec] does, and returns a channel for its
	// exit status. The package os/exec works in a service too, on Linux 5.4 and later.
	// Other ways to wait for a process, such as [syscall.Wait4], do not get its status.
	Start(path string, argv []string, attr *syscall.ProcAttr) (pid int, status <-chan syscall.WaitStatus, err error)
}

// ProgramState is the state of a program. Times are durations since the kernel started.
type ProgramState struct {
	// PID is the program's process ID, or 0 while it does not run.
	PID int
	// Started is when this process was started.
	Started time.Duration
	// Ready is when the program first showed that it works, or 0 if it has not.
	Ready time.Duration
	// Worked is when the program last showed that it works.
	Worked time.Duration
	// Restarts is how often the program was restarted.
	Restarts int
	// LastExit says how the program last ended, or is empty if it never has.
	LastExit string
	// Phase is the program's state: "running", "ended", "failed", "stopped", or a
	// phrase that says what it waits for. It is empty before the first start.
	Phase string
	// Substitute is the SHA-256 of the executable that runs in the place of the one that
	// was baked, in hexadecimal digits, or empty if none does. ReplacedBy says whose it
	// is, and Replaced when it was put there.
	Substitute, ReplacedBy string
	Replaced               time.Duration
}

// Replacement is an executable that is to run in the place of a program.
type Replacement interface {
	// Receive reads it, and checks that the machine can run it. sha256 is in hexadecimal
	// digits.
	Receive(r io.Reader, size int64, sha256 string) error
	// Run stops the old program and starts the new one. The error says why the new one
	// failed: the old one then runs again. waits says what the new one waits for, if it
	// is not started at once. It calls stopped when the old program has ended, and failed
	// when the new one has: they must not block.
	Run(stopped, failed func()) (waits string, err error)
	// Close ends it. It must be called.
	Close()
}

// NamedProgram is the state of the program, or of a service of the configuration.
type NamedProgram struct {
	Name string
	// Kind is one of config.KindSimple, config.KindOneshot and config.KindTimer.
	Kind string
	ProgramState
}

// Lease is what a DHCP server grants the machine. Times are durations since the kernel
// started.
type Lease struct {
	Interface string
	Protocol  string // "DHCPv4" or "DHCPv6"
	// Address is the machine's address with the prefix length of its network. It is not
	// valid if DHCPv6 was asked for everything but an address.
	Address netip.Prefix
	// Server is the address of the DHCPv4 server, or "" if it is unknown.
	Server string
	// DNS and NTP are addresses of servers and Search are domains, as the server sent
	// them.
	DNS, NTP []netip.Addr
	Search   []string
	// Since is when the lease was granted or last renewed, Renew is when it is due for
	// renewal, and Expire is when it ends without one.
	Since, Renew, Expire time.Duration
}

// Key is a key of the configuration, with the layer from which it came.
type Key struct {
	Name string `json:"name"`
	// Value is the value as JSON, with secrets masked.
	Value json.RawMessage `json:"value"`
	Layer string          `json:"layer"`
}

// WithService makes PID 1 run a service. Where there is no machine, the service does
// not run.
func WithService(s Service) Option {
	return func(o *setup) { o.services = append(o.services, s) }
}

// command returns the function for a name under which this executable is started, or
// nil if it does what it usually does.
func (o setup) command(name string) func(args []string) int {
	for _, service := range o.services {
		if run := service.Commands[name]; run != nil {
			return run
		}
	}
	return nil
}
