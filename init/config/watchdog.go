package config

// Watchdog is a device that resets the machine unless PID 1 feeds it again and again.
type Watchdog struct {
	// Timeout is the number of seconds without being fed after which the device resets
	// the machine. 0 means that the device is not used.
	Timeout int `json:"timeout,omitempty"`
	// Device is the device file. Empty means DefaultWatchdog.
	Device string `json:"device,omitempty"`
}

// DefaultWatchdog is the first watchdog device
// (Documentation/watchdog/watchdog-api.rst).
const DefaultWatchdog = "/dev/watchdog"
