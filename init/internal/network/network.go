//go:build linux

// Package network connects the machine to others: its interfaces, addresses, routes and
// names, for as long as it runs. Whatever comes from a link or goes to it belongs here.
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
	kernel *kernelapi.Kernel
	wire   wire
	config config.Network
	stage  func(name string) (done func())
	offer  func(timeServers []netip.Addr)
	write  func(path, content string) error

	names      *nameTable
	leases     leaseTable
	unasked    []netip.Addr // name servers for which resolv.conf has no place
	interfaces atomic.Int32 // how many get an address from the network, or are about to
}

// New returns a network that is not started. If the configured host name is empty, the
// network takes the one that a DHCP server sends. stage starts the clock for a part of
// the boot. offer receives the time servers that the network names. write writes a file
// below /etc.
func New(k *kernelapi.Kernel, r report.Reporter, c config.Network, hostname string,
	stage func(name string) (done func()), offer func(timeServers []netip.Addr),
	write func(path, content string) error) *Network {
	n := &Network{Reporter: r, kernel: k, wire: realWire(), config: c, stage: stage, offer: offer, write: write}
	n.names = newNameTable(hostname, n.writeNames)
	return n
}

// Online is closed when the machine has its first address.
func (n *Network) Online() <-chan struct{} { return n.names.online }

// Leases returns what DHCP servers have granted, ordered by the interfaces' names.
func (n *Network) Leases() []Lease { return n.leases.all() }

// watchPause is how long to wait before asking the kernel again to announce its
// interfaces.
const watchPause = time.Second

// Start brings up the loopback interface. Other interfaces are configured in the
// background when they appear: see AwaitAddress.
func (n *Network) Start() error {
	report.Go(n, "network", n.watchAddresses)
	report.Go(n, "network", n.watchInterfaces)
	lo, err := n.kernel.Links.LinkByName("lo")
	if err != nil {
		return errors.Wrap(err, "finding the loopback interface")
	}
	return errors.Wrap(n.kernel.Links.LinkSetUp(lo), "bringing up the loopback interface")
}

// watchInterfaces configures each interface by the first entry that matches it, from
// when it appears until it is gone.
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
		<-n.kernel.After(watchPause) // the channel closed: the kernel had more changes than its buffer holds
	}
}

// AwaitAddress waits until the machine has an address, but not forever. It holds up the
// program's start, because programs that connect to others at their start expect an
// address.
func (n *Network) AwaitAddress() error {
	wait, err := config.Duration("network.wait", n.config.Wait, config.DefaultWait)
	if err != nil {
		n.Report("network", err)
	}
	if wait == 0 || !slices.ContainsFunc(n.config.Interfaces, givesAddress) {
		return nil
	}
	if !n.MayGetAddress() {
		return errors.New("not waiting for an address: no network card matches the configuration, or the card has no driver " +
			"(is it among the modules?). A card that appears later is configured")
	}
	select {
	case <-n.names.online:
		return nil
	case <-n.kernel.After(wait):
	}
	return errors.Errorf("there is no address after %s; the machine goes on and keeps asking", wait)
}
