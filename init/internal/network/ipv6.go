//go:build linux

package network

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/names"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network/ndp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// prepareIPv6 sets, before the interface is up, whether the kernel takes addresses and
// routes from router advertisements. It turns IPv6 off where it has no use: joining its
// multicast groups makes an emulated e1000 deaf for a second, just as its link comes
// up.
func (n *nic) prepareIPv6() {
	auto := n.autoIPv6()
	off := !auto && !slices.ContainsFunc(n.entry.Addresses, isIPv6)
	n.setIPv6("accept_ra", oneIf(auto))
	n.setIPv6("autoconf", oneIf(auto))
	n.setIPv6("disable_ipv6", oneIf(off))
}

func (n *nic) autoIPv6() bool { return n.entry.IPv6 == config.IPv6Auto }

func isIPv6(address string) bool {
	prefix, err := netip.ParsePrefix(address)
	return err == nil && prefix.Addr().Is6()
}

func oneIf(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

// listen opens the socket for router advertisements before the interface is up, and
// follows them until ctx ends.
func (n *nic) listen(ctx context.Context) {
	link, err := n.wire.hearRouters(n.name, n.link.Attrs().Index)
	if err != nil {
		n.Report("network", errors.Wrap(err, "IPv6"))
		return
	}
	n.routers = link
	context.AfterFunc(ctx, func() { _ = link.Close() })
	n.listening.Go(func() { report.Lasting(n, "network", func() { n.followRouters(ctx, link) }) })
}

// followRouters uses the parts of router advertisements that the kernel leaves to user
// space, until ctx ends.
func (n *nic) followRouters(ctx context.Context, link ndp.Routers) {
	heard := make(chan []byte)
	go n.hearRouters(ctx, link, heard)
	var table ndp.Table
	for {
		var ends <-chan time.Time // when something that a router said expires
		if next, ok := table.Next(n.kernel.Uptime()); ok {
			ends = n.kernel.After(next - n.kernel.Uptime())
		}
		select {
		case <-ctx.Done():
			return
		case <-ends:
		case message := <-heard:
			a, err := ndp.Parse(message)
			if err != nil {
				continue
			}
			table.Learn(a, n.name, n.kernel.Uptime())
			n.hasServer(a)
		}
		dns, search := table.At(n.kernel.Uptime())
		n.names.put(n.name+fromRouter, names.Source{DNS: dns, Search: search})
	}
}

func (n *nic) hearRouters(ctx context.Context, link ndp.Routers, heard chan<- []byte) {
	defer report.Survive(n, "network")
	for {
		message, err := link.Hear()
		if err != nil {
			if ctx.Err() == nil {
				n.Report("network", errors.Wrapf(err, "listening to the routers of %s", n.name))
			}
			return
		}
		select {
		case heard <- message:
		case <-ctx.Done():
			return
		}
	}
}

// solicit sends up to three solicitations, four seconds apart (RFC 4861, 10:
// MAX_RTR_SOLICITATIONS, RTR_SOLICITATION_INTERVAL).
const (
	solicitations       = 3
	solicitationsPeriod = 4 * time.Second
)

// solicit asks the routers again after the link was away. The kernel asks the first
// time.
func (n *nic) solicit(ctx context.Context) {
	for range solicitations {
		if err := n.routers.Solicit(); err != nil {
			n.Report("network", errors.Wrapf(err, "asking for routers on %s", n.name))
		}
		select {
		case <-ctx.Done():
			return
		case <-n.answered:
			return
		case <-n.kernel.After(solicitationsPeriod):
		}
	}
}
