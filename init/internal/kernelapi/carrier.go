//go:build linux

package kernelapi

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// These are the number of the basic mode status register, which every PHY has, and its
// bit for a link (linux/mii.h, MII_BMSR and BMSR_LSTATUS).
const (
	basicStatus = 1
	linkStatus  = 1 << 2
)

// miiRequest is a struct ifreq that holds a struct mii_ioctl_data (linux/if.h,
// linux/mii.h).
type miiRequest struct {
	name          [unix.IFNAMSIZ]byte
	phy, register uint16
	in, out       uint16
	_             [16]byte
}

// carrier asks the PHY of an interface whether it has a link. It works before
// the interface is up.
func carrier(name string) (bool, error) {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false, err
	}
	defer unix.Close(socket)
	var r miiRequest
	copy(r.name[:unix.IFNAMSIZ-1], name)
	for _, request := range []uintptr{unix.SIOCGMIIPHY, unix.SIOCGMIIREG} {
		r.register = basicStatus
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(socket), request, uintptr(unsafe.Pointer(&r))); errno != 0 {
			return false, errno
		}
	}
	return r.out&linkStatus != 0, nil
}
