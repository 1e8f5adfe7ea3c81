package qemu

import (
	"os/exec"

	"golang.org/x/sys/windows"
)

// tie keeps the console's Ctrl-C from QEMU.
func tie(cmd *exec.Cmd) {
	cmd.SysProcAttr = &windows.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}
