package machine

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// carrierDriver is the driver that looks at its link once when it is brought
	// up and then every two seconds (drivers/net/ethernet/intel/e1000,
	// e1000_watchdog), while autonegotiation takes half a second: it is better
	// brought up when the link is there. Others tell at once.
	carrierDriver = "e1000"
	// carrierPatience is how long autonegotiation may take; a gigabit switch
	// needs two to three seconds. Without a cable the program starts so much later.
	carrierPatience = 3 * time.Second
	carrierInterval = 10 * time.Millisecond
)

// waitCarrier waits until an interface that is not up yet has a link, where its
// driver gains by it.
func (p *pid1) waitCarrier(name string) {
	if p.driver(name) != carrierDriver {
		return
	}
	patience := p.sys.after(carrierPatience)
	for {
		if there, err := p.sys.carrier(name); there || err != nil {
			return
		}
		select {
		case <-p.sys.after(carrierInterval):
		case <-patience:
			return
		}
	}
}

// The basic mode status register of every PHY and its bit for a link
// (linux/mii.h, MII_BMSR and BMSR_LSTATUS).
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
