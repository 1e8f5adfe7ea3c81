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

// card is the network card in QEMU's terms.
func (m Machine) card() string {
	if m.Card == "virtio" {
		return "virtio-net-pci"
	}
	return m.Card
}
