package config

// Program is what PID 1 runs and supervises.
type Program struct {
	// Path is the program's absolute path in the initramfs. Empty means the
	// function which the init itself gave to machine.Run.
	Path string `json:"path,omitempty"`
	// Args are the program's arguments, without its name.
	Args []string `json:"args,omitempty"`
	// Env are "KEY=value" entries added to the program's environment.
	Env []string `json:"env,omitempty" secret:"values"`

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
	// CrashLoop is what becomes of a machine whose program fails again and again.
	CrashLoop CrashLoop `json:"crash_loop,omitzero"`
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
