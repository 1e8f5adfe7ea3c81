package qemu

import (
	"os/exec"
	"syscall"
)

// tie has QEMU end with this process, however that ends, and keeps the terminal's
// Ctrl-C from it.
func tie(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
