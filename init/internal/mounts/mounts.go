//go:build linux

// Package mounts makes the tree of files that programs expect, and keeps PID 1's files
// apart from what programs write. File systems, limits of the memory they take,
// folders, links and kernel settings belong here.
package mounts

import (
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// mountPoint is one of the kernel's file systems that programs expect.
type mountPoint struct {
	target, fstype string
	flags          uintptr
	data           string
	// optional marks a file system that a kernel may have been built without.
	optional bool
}

// strict is for file systems without programs and devices.
const strict = unix.MS_NOSUID | unix.MS_NOEXEC | unix.MS_NODEV

func mountPoints() []mountPoint {
	return []mountPoint{
		{"proc", "proc", strict, "", false},
		{"sys", "sysfs", strict, "", false},
		{"dev", "devtmpfs", unix.MS_NOSUID, "mode=0755", false},
		// Terminals belong to the group tty, whose number in /etc/group is 5
		// (Documentation/filesystems/devpts.rst).
		{"dev/pts", "devpts", unix.MS_NOSUID | unix.MS_NOEXEC, "mode=0620,gid=5,ptmxmode=0666", true},
		{"dev/mqueue", "mqueue", strict, "", true},     // mq_overview(7)
		{"sys/fs/cgroup", "cgroup2", strict, "", true}, // cgroups(7)
	}
}

// Mount mounts all file systems, and makes the folders and links that programs expect.
// It reports a failure and goes on.
func Mount(k *kernelapi.Kernel, r report.Reporter) {
	note := func(err error) {
		if err != nil {
			r.Report("mounts", err)
		}
	}
	for _, m := range mountPoints() {
		if err := mount(k, m); err != nil && !(m.optional && unknown(err)) {
			note(err)
		}
	}
	note(folder(k.Path("etc"), 0o755))
	available, _ := k.MemInfo("MemAvailable")
	note(boundRoot(k, available/share))
	mountPool(k, available/share, note)
	note(mountOwn(k))
	for name, target := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
	} {
		if err := os.Symlink(target, k.Path("dev/"+name)); err != nil && !os.IsExist(err) {
			note(err)
		}
	}
}

// folder makes a folder with a mode, whatever the umask. Its parent must exist.
func folder(path string, mode os.FileMode) error {
	if err := os.Mkdir(path, mode.Perm()); err != nil && !os.IsExist(err) {
		return err
	}
	return os.Chmod(path, mode)
}

func mount(k *kernelapi.Kernel, m mountPoint) error {
	target := k.Path(m.target)
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	// EBUSY means that it is mounted: some kernels mount /dev themselves.
	if err := k.Mount(m.fstype, target, m.fstype, m.flags, m.data); err != nil && kernelapi.Errno(err) != unix.EBUSY {
		return errors.Wrapf(err, "mounting %s on /%s", m.fstype, m.target)
	}
	return nil
}

// unknown reports whether the kernel lacks the file system, or has no folder for it in
// sysfs, where nobody else can make one.
func unknown(err error) bool {
	return slices.Contains([]syscall.Errno{unix.ENODEV, unix.ENOENT, unix.EPERM}, kernelapi.Errno(err))
}

// panicTimeout is the kernel's setting for how many seconds after a panic it reboots; 0
// means never (Documentation/admin-guide/sysctl/kernel.rst).
const panicTimeout = "proc/sys/kernel/panic"

// RebootOnPanic makes the kernel reboot 10 s after a panic, for example when PID 1 has
// ended. It changes nothing if the command line sets a time.
func RebootOnPanic(k *kernelapi.Kernel) error {
	path := k.Path(panicTimeout)
	set, err := os.ReadFile(path)
	if err != nil || strings.TrimSpace(string(set)) != "0" {
		return err
	}
	return os.WriteFile(path, []byte("10"), 0o644)
}
