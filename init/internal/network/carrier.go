//go:build linux

package network

import (
	"time"
)

const (
	// carrierDriver is a driver that checks its link when the interface is brought up
	// and then only every two seconds (drivers/net/ethernet/intel/e1000,
	// e1000_watchdog). Autonegotiation takes half a second, so it is faster to bring
	// the interface up once the link is there. Other drivers report the link at once.
	carrierDriver = "e1000"
	// carrierPatience is how long autonegotiation may take; a gigabit switch needs two
	// to three seconds. Without a cable it delays the program's start by this time.
	carrierPatience = 3 * time.Second
	carrierInterval = 10 * time.Millisecond
)

// waitCarrier waits until an interface that is not up yet has a link. It does so only
// for the driver that needs it.
func (n *Network) waitCarrier(name string) {
	if n.driver(name) != carrierDriver {
		return
	}
	patience := n.kernel.After(carrierPatience)
	for {
		if there, err := n.kernel.Carrier(name); there || err != nil {
			return
		}
		select {
		case <-n.kernel.After(carrierInterval):
		case <-patience:
			return
		}
	}
}
