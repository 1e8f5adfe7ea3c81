package execution

// commandLine is the kernel's, for a machine that is thrown away: it reboots, which ends
// QEMU, right after a panic.
func (m Machine) commandLine() string {
	console := "console=ttyS0,115200"
	if m.Arch == "arm64" {
		console = "console=ttyAMA0"
	}
	return console + " quiet panic=-1 cryptomgr.notests no_timer_check"
}
