package config

// Watchdog is a device that resets the machine unless PID 1 tells it, again and
// again, that all is well.
type Watchdog struct {
	// Timeout is after how many seconds without word the machine is reset. 0
	// leaves the device alone.
	Timeout int `json:"timeout,omitempty"`
	// Device is the device's file; empty for DefaultWatchdog.
	Device string `json:"device,omitempty"`
}

// DefaultWatchdog is the first watchdog device
// (Documentation/watchdog/watchdog-api.rst).
const DefaultWatchdog = "/dev/watchdog"
