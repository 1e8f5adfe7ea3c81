//go:build unix && !linux

package qemu

import (
	"os/exec"
	"syscall"
)

// tie keeps the terminal's Ctrl-C from QEMU.
func tie(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
