//go:build linux

package kernelapi

import (
	"os"

	"golang.org/x/sys/unix"
)

// initialNamespace is where /proc/self/ns/pid points for a process outside of any
// container (kernel: include/linux/proc_ns.h, PROC_PID_INIT_INO = 0xEFFFFFFC).
const initialNamespace = "pid:[4026531836]"

// IsMachine reports whether this process is the init of a machine. PID 1 of a container
// is not. It is recognized by two things: it has its own PID namespace, and the
// container runtime has mounted /proc for it, which the kernel never does for an init.
func IsMachine() bool {
	if os.Getpid() != 1 {
		return false
	}
	var fs unix.Statfs_t
	if err := unix.Statfs("/proc", &fs); err != nil || fs.Type != unix.PROC_SUPER_MAGIC {
		return true
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	return err == nil && namespace == initialNamespace
}
