//go:build linux

package kernelapi

import (
	"bytes"
	"os"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// kernelGroup is the multicast group to which the kernel itself sends
// (lib/kobject_uevent.c). udev uses another group.
const kernelGroup = 1

// maxEvent is a buffer size in bytes that fits every event: UEVENT_BUFFER_SIZE and the
// path before it (include/linux/kobject.h).
const maxEvent = 1 << 13

// watchDevices returns a channel with the alias (modalias) of each device that appears.
// Drivers are chosen by this alias.
func watchDevices() (<-chan string, error) {
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := unix.Bind(socket, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelGroup}); err != nil {
		_ = unix.Close(socket)
		return nil, os.NewSyscallError("bind", err)
	}
	names := make(chan string)
	go receiveDevices(os.NewFile(uintptr(socket), "uevent"), names)
	return names, nil
}

// receiveDevices never ends. It goes on after ENOBUFS, which means that the kernel had
// more events than its buffer holds.
func receiveDevices(socket *os.File, names chan<- string) {
	event := make([]byte, maxEvent)
	for {
		n, err := socket.Read(event)
		if errors.Is(err, os.ErrClosed) {
			return
		}
		if name := appeared(event[:max(n, 0)]); err == nil && name != "" {
			names <- name
		}
	}
}

// appeared returns the alias from the event for a device that has appeared, or "" for
// any other event. An event is "add@/devices/..." and pairs NAME=value, each with a 0
// at its end.
func appeared(event []byte) string {
	if !bytes.HasPrefix(event, []byte("add@")) {
		return ""
	}
	for field := range bytes.SplitSeq(event, []byte{0}) {
		if name, ok := bytes.CutPrefix(field, []byte("MODALIAS=")); ok {
			return string(name)
		}
	}
	return ""
}
