package config

import "time"

// Program is what PID 1 runs and supervises.
type Program struct {
	// Path is the program's absolute path in the initramfs. Empty means the
	// function which the init itself gave to machine.Run.
	Path string `json:"path,omitempty"`
	// Args are the program's arguments, without its name.
	Args []string `json:"args,omitempty"`
	// Env are "KEY=value" entries added to the program's environment.
	Env []string `json:"env,omitempty" secret:"values"`

	// Dir is the folder that the program starts in. Empty means /.
	Dir string `json:"dir,omitempty"`
	// StopSignal is the number of the signal that asks the program to end
	// (signal(7)). 0 means SIGTERM, 15.
	StopSignal int `json:"stop_signal,omitempty"`

	// Check is how the machine finds out that the program works. Empty means
	// that it does while it runs.
	//
	//	http://127.0.0.1:80/health  GET has an answer with a status below 400
	//	tcp://127.0.0.1:80          a connection is accepted
	//	notify                      the program says READY=1, and from the first
	//	                            on WATCHDOG=1, as sd_notify(3) does
	Check string `json:"check,omitempty"`
	// CheckTimeout is for how many seconds the program may not work, from its
	// start on: 0 for DefaultCheckTimeout.
	CheckTimeout int `json:"check_timeout,omitempty"`
	// RestartDelay is the longest that a program which failed waits to be started
	// again, a duration such as "5s". Empty means DefaultRestartDelay.
	RestartDelay string `json:"restart_delay,omitempty"`
	// CrashLoop is what becomes of a machine whose program fails again and again.
	// Each run of a oneshot or of a timer that fails counts.
	CrashLoop CrashLoop `json:"crash_loop,omitzero"`

	// UID and GID are the user and group that the program runs as, and Groups its
	// other groups. Unless UID is 0, root, it keeps one right of root's: to listen on
	// ports below 1024.
	UID    uint32   `json:"uid,omitempty"`
	GID    uint32   `json:"gid,omitempty"`
	Groups []uint32 `json:"groups,omitempty"`
	// NoNewPrivileges keeps set-user-ID bits and file capabilities from giving
	// the program more rights: PR_SET_NO_NEW_PRIVS(2const).
	NoNewPrivileges bool `json:"no_new_privileges,omitempty"`
	// ReadOnly lets the program write to no file but devices and what is at or
	// below Writable, by landlock(7). It comes with NoNewPrivileges. A kernel
	// without Landlock is reported, and the program runs all the same.
	ReadOnly bool `json:"read_only,omitempty"`
	// Writable are absolute paths, for ReadOnly.
	Writable []string `json:"writable,omitempty"`
	// Memory is how many MiB the program may use, all of its processes together;
	// when they are used up, they are killed. 0 is for no limit. A kernel without
	// the memory controller of cgroup v2 is reported.
	Memory int `json:"memory,omitempty"`
}

// CrashLoop ends the machine when its program failed so many times within so
// many seconds.
type CrashLoop struct {
	// Failures is how many; 0 means that the program is started again for ever.
	Failures int `json:"failures,omitempty"`
	// Window is within how many seconds: 0 for DefaultCrashWindow.
	Window int `json:"window,omitempty"`
	// Action is ActionReboot (the default) or ActionHalt.
	Action string `json:"action,omitempty"`
}

// The actions of a CrashLoop. A machine that has halted stays as it is, with
// its consoles to be read, until its hypervisor ends it.
const (
	ActionReboot = "reboot"
	ActionHalt   = "halt"
)

// In seconds.
const (
	DefaultCheckTimeout = 30
	DefaultCrashWindow  = 300
)

// DefaultRestartDelay is the longest time before a program is started again, if
// the configuration does not say.
const DefaultRestartDelay = 30 * time.Second
