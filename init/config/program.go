package config

import "time"

// Program is a program that PID 1 runs and supervises.
type Program struct {
	// Path is the program's absolute path in the initramfs. Empty means the function
	// that the init gave to machine.Run.
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

	// Check is how the machine finds out whether the program works. Empty means that
	// the program works as long as it runs.
	//
	//	http://127.0.0.1:80/health  GET returns a status below 400
	//	tcp://127.0.0.1:80          a connection is accepted
	//	notify                      the program sends READY=1, and from its first
	//	                            WATCHDOG=1 on further ones, as with sd_notify(3)
	Check string `json:"check,omitempty"`
	// CheckTimeout is how many seconds the program may fail its check, from its start
	// on. 0 means DefaultCheckTimeout.
	CheckTimeout int `json:"check_timeout,omitempty"`
	// RestartDelay is the longest delay before a failed program is restarted, a
	// duration such as "5s". Empty means DefaultRestartDelay.
	RestartDelay string `json:"restart_delay,omitempty"`
	// CrashLoop says what the machine does if the program fails again and again. Each
	// failed run of a oneshot or of a timer counts.
	CrashLoop CrashLoop `json:"crash_loop,omitzero"`

	// UID and GID are the user and group that run the program, and Groups are its other
	// groups. A user other than root (0) has one of root's rights: it may listen on
	// ports below 1024.
	UID    uint32   `json:"uid,omitempty"`
	GID    uint32   `json:"gid,omitempty"`
	Groups []uint32 `json:"groups,omitempty"`
	// NoNewPrivileges keeps the program from gaining rights by set-user-ID bits and
	// file capabilities: PR_SET_NO_NEW_PRIVS(2const).
	NoNewPrivileges bool `json:"no_new_privileges,omitempty"`
	// ReadOnly lets the program write only to devices, and to Writable and everything
	// below it, by landlock(7). It implies NoNewPrivileges. If the kernel has no
	// Landlock, that is reported and the program runs without this limit.
	ReadOnly bool `json:"read_only,omitempty"`
	// Writable are the absolute paths to which ReadOnly allows writing.
	Writable []string `json:"writable,omitempty"`
	// Memory is how many MiB the program and all of its processes together may use;
	// beyond that the kernel kills them. 0 means no limit. A kernel without the memory
	// controller of cgroup v2 is reported.
	Memory int `json:"memory,omitempty"`
}

// CrashLoop ends the machine when its program has failed a number of times within a
// number of seconds.
type CrashLoop struct {
	// Failures is the number of failures. 0 means that the program is restarted
	// forever.
	Failures int `json:"failures,omitempty"`
	// Window is within how many seconds: 0 for DefaultCrashWindow.
	Window int `json:"window,omitempty"`
	// Action is ActionReboot (the default) or ActionHalt.
	Action string `json:"action,omitempty"`
}

// The actions of a CrashLoop. A halted machine stays as it is until its hypervisor ends
// it, so that people can read its consoles.
const (
	ActionReboot = "reboot"
	ActionHalt   = "halt"
)

// The defaults of CheckTimeout and CrashLoop.Window, in seconds.
const (
	DefaultCheckTimeout = 30
	DefaultCrashWindow  = 300
)

// DefaultRestartDelay is the default of RestartDelay.
const DefaultRestartDelay = 30 * time.Second
