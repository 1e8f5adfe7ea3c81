//go:build linux

package kernelapi

import (
	"bytes"
	"os"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// kernelGroup is the multicast group to which the kernel itself sends
// (lib/kobject_uevent.c); udev has another.
const kernelGroup = 1

// maxEvent is larger than an event can be (include/linux/kobject.h,
// UEVENT_BUFFER_SIZE, and the path before it).
const maxEvent = 1 << 13

// watchDevices gives the name that drivers go by, the "modalias", of each device
// that appears.
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

// receiveDevices never ends: when the kernel had more to say than it could keep
// (ENOBUFS), it goes on.
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

// appeared is the name in the event that a device has appeared, empty in any other:
// "add@/devices/...", and pairs NAME=value, each with a 0 behind it.
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
