//go:build linux

package network

import (
	"time"
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
