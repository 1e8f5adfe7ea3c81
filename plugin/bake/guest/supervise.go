package guest

import (
	"path"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// Supervise says how the machine looks after its program.
type Supervise struct {
	// How the machine finds out whether the program works. With
	// `http://127.0.0.1:80/health` a status below 400 is good; `tcp://127.0.0.1:80`
	// needs a connection; with `notify` the program reports it, as with sd_notify(3).
	// The machine restarts a program that does not work. By default a program works as
	// long as it runs.
	Check string `mapstructure:"check"`
	// How many seconds the program may fail its check, from its start on. Defaults to
	// 30.
	CheckTimeout int `mapstructure:"check_timeout"`
	// The longest delay before a failed program is restarted, such as `5s`. The delay
	// begins at 100ms and doubles with each failure. Defaults to `30s`.
	RestartDelay string `mapstructure:"restart_delay"`
	// The number of failures within `crash_window` after which the machine does what
	// `crash_action` says. By default the program is restarted forever.
	CrashLimit int `mapstructure:"crash_limit"`
	// The time in seconds in which failures count. Defaults to 300.
	CrashWindow int `mapstructure:"crash_window"`
	// What the machine does after too many failures: `reboot`, the default, or `halt`.
	CrashAction string `mapstructure:"crash_action"`
	// Keeps the program from gaining rights by set-user-ID bits and file capabilities.
	NoNewPrivileges bool `mapstructure:"no_new_privileges"`
	// Lets the program write only to devices, and to `writable` and everything below
	// it, if the kernel has Landlock. Implies `no_new_privileges`.
	ReadOnly bool `mapstructure:"read_only"`
	// The absolute paths to which the program may write with `read_only`.
	Writable []string `mapstructure:"writable"`
	// How many MiB of memory the program may use, if the kernel has the memory
	// controller. By default there is no limit. A Go program learns of nine tenths of it
	// by `GOMEMLIMIT`. Without a limit, these are nine tenths of what is there, and the
	// services share it.
	Memory int `mapstructure:"memory"`
}

// Watchdog is a device that resets the machine when its program, its init or its kernel
// hangs. That is QEMU's i6300esb or, without one, the kernel's own softdog, which does
// not help when the kernel itself hangs. The drivers are taken from a kernel that comes
// with its modules; otherwise they must be among `modules`.
type Watchdog struct {
	// The number of seconds without a sign of life after which the device resets the
	// machine. By default the device is not used.
	Timeout int `mapstructure:"timeout"`
	// The device. Defaults to `/dev/watchdog`.
	Device string `mapstructure:"device"`
}

// Validate returns what is wrong with the options.
func (s Supervise) Validate() []error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, errors.Errorf(format, args...)) }
	if s.Check != "" && s.Check != "notify" && !strings.HasPrefix(s.Check, "http://") && !strings.HasPrefix(s.Check, "tcp://") {
		fail("check must be http://ADDRESS:PORT/PATH, tcp://ADDRESS:PORT or notify, not %q", s.Check)
	}
	if s.CrashAction != "" && s.CrashAction != config.ActionReboot && s.CrashAction != config.ActionHalt {
		fail("crash_action must be %s or %s, not %q", config.ActionReboot, config.ActionHalt, s.CrashAction)
	}
	if s.CrashLimit == 0 && (s.CrashWindow != 0 || s.CrashAction != "") {
		fail("crash_window and crash_action need crash_limit")
	}
	if s.CheckTimeout != 0 && s.Check == "" {
		fail("check_timeout needs check")
	}
	if !isDuration(s.RestartDelay) {
		fail("restart_delay must be a time such as 5s, not %q", s.RestartDelay)
	}
	if min(s.CheckTimeout, s.CrashLimit, s.CrashWindow, s.Memory) < 0 {
		fail("no number can be below 0")
	}
	if len(s.Writable) > 0 && !s.ReadOnly {
		fail("writable needs read_only = true")
	}
	for _, p := range s.Writable {
		if !path.IsAbs(p) {
			fail("writable must be absolute paths, not %q", p)
		}
	}
	return errs
}

// Validate returns what is wrong with the options.
func (w Watchdog) Validate() []error {
	if w.Timeout < 0 || w.Device != "" && (w.Timeout == 0 || !path.IsAbs(w.Device)) {
		return []error{errors.New("watchdog: timeout must be a number of seconds, and device an absolute path")}
	}
	return nil
}

// Tell writes the options into the configuration of the machine's program.
func (s Supervise) Tell(p *config.Program) {
	p.Check, p.CheckTimeout, p.RestartDelay = s.Check, s.CheckTimeout, s.RestartDelay
	p.CrashLoop = config.CrashLoop{Failures: s.CrashLimit, Window: s.CrashWindow, Action: s.CrashAction}
	p.Memory = s.Memory
	p.NoNewPrivileges, p.ReadOnly, p.Writable = s.NoNewPrivileges, s.ReadOnly, s.Writable
}
