//go:build linux

// Package network connects the machine: its interfaces, addresses, routes and
// names, for as long as it runs. What enters here comes from a link or goes to it.
package network

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// Network is the machine's network.
type Network struct {
	report.Reporter
	kernel   *kernelapi.Kernel
	wire     wire
	config   config.Network
	hostname string // of the configuration
	stage    func(name string) (done func())
	offer    func(timeServers []netip.Addr)
	write    func(path, content string) error

	names      *nameTable
	leases     leaseTable
	unasked    []netip.Addr // name servers that resolv.conf has no place for
	interfaces atomic.Int32 // that the network gives an address, or is about to
}

// New returns a network that is not started. The host name is the configuration's,
// empty to take that of a DHCP server. stage starts the clock for a part of the
// boot, offer gets the time servers that the network names, and write writes a file
// below /etc.
func New(k *kernelapi.Kernel, r report.Reporter, c config.Network, hostname string,
	stage func(name string) (done func()), offer func(timeServers []netip.Addr),
	write func(path, content string) error) *Network {
	n := &Network{Reporter: r, kernel: k, wire: realWire(), config: c, hostname: hostname, stage: stage, offer: offer, write: write}
	n.names = newNameTable(n.writeNames)
	return n
}

// Online is closed when the machine has its first address.
func (n *Network) Online() <-chan struct{} { return n.names.online }

// Leases lists what DHCP servers have granted, in the order of the interfaces'
// names.
func (n *Network) Leases() []Lease { return n.leases.all() }

// watchPause comes before the kernel is asked for word of its interfaces anew.
const watchPause = time.Second

// Start brings up the loopback interface, and configures the others when they
// appear. It waits for none of them: see AwaitAddress.
func (n *Network) Start() error {
	report.Go(n, "network", n.watchAddresses)
	report.Go(n, "network", n.watchInterfaces)
	lo, err := n.kernel.Links.LinkByName("lo")
	if err != nil {
		return errors.Wrap(err, "finding the loopback interface")
	}
	return errors.Wrap(n.kernel.Links.LinkSetUp(lo), "bringing up the loopback interface")
}

// watchInterfaces has each interface configured by the first entry that matches
// it, from when it is there until it is gone.
func (n *Network) watchInterfaces() {
	running := map[int]*nic{}
	for {
		updates, err := n.kernel.WatchLinks()
		if err != nil {
			n.Report("network", errors.Wrap(err, "watching the interfaces"))
		}
		for u := range updates {
			index := u.Attrs().Index
			known := running[index]
			switch {
			case u.Header.Type == unix.RTM_DELLINK:
				if known != nil {
					known.stop()
					delete(running, index)
				}
			case known != nil:
				known.hear(u)
			default:
				if entry, ok := n.matching(u.Link); ok {
					running[index] = n.start(u.Link, entry)
					running[index].hear(u)
				}
			}
		}
		<-n.kernel.After(watchPause) // the kernel had more to say than it could keep
	}
}

// AwaitAddress holds up the program's start until the machine has an address,
// as programs that ask others when they start expect one, but not for ever.
func (n *Network) AwaitAddress() error {
	wait, err := config.Duration("network.wait", n.config.Wait, config.DefaultWait)
	if err != nil {
		n.Report("network", err)
	}
	if wait == 0 || !slices.ContainsFunc(n.config.Interfaces, givesAddress) {
		return nil
	}
	if !n.MayGetAddress() {
		return errors.New("not waiting for an address: no network card is one of the configuration's, or it has no driver " +
			"(is that among the modules?). One that appears is configured")
	}
	select {
	case <-n.names.online:
		return nil
	case <-n.kernel.After(wait):
	}
	return errors.Errorf("there is no address after %s; the machine goes on and keeps asking", wait)
}
