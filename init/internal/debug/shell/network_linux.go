package shell

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/vishvananda/netlink"
)

// ip shows links, addresses and routes, gives an address and sets a link up or
// down: the commonest of ip(8).
func ip(c call) error {
	args := c.args
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		args = args[1:]
	}
	if len(args) == 0 {
		args = []string{"addr"}
	}
	object, args := args[0], args[1:]
	what := "show"
	if len(args) > 0 {
		what, args = args[0], args[1:]
	}
	is := func(name, verb string) bool { return strings.HasPrefix(name, object) && strings.HasPrefix(verb, what) }
	switch {
	case is("route", "show"), is("route", "list"):
		return showRoutes(c)
	case is("link", "show"), is("link", "list"):
		return showLinks(c, false)
	case is("address", "show"), is("address", "list"):
		return showLinks(c, true)
	case is("address", "add") || is("address", "replace"):
		return addAddress(args)
	case is("link", "set"):
		return setLink(args)
	}
	return errors.New("this one knows: addr, link, route; addr add ADDRESS/BITS dev NAME; link set NAME up|down")
}

func showLinks(c call, addresses bool) error {
	links, err := netlink.LinkList()
	if err != nil {
		return err
	}
	for _, link := range links {
		a := link.Attrs()
		flags := strings.ReplaceAll(a.Flags.String(), "|", ",")
		fmt.Fprintf(c.stdout, "%d: %s: <%s> mtu %d state %s %s\n", a.Index, a.Name, flags, a.MTU, a.OperState, a.HardwareAddr)
		if !addresses {
			continue
		}
		all, err := netlink.AddrList(link, netlink.FAMILY_ALL)
		if err != nil {
			return err
		}
		for _, address := range all {
			fmt.Fprintf(c.stdout, "    %s %s\n", family(address.IP), address.IPNet)
		}
	}
	return nil
}

func family(address net.IP) string {
	if address.To4() == nil {
		return "inet6"
	}
	return "inet"
}

func showRoutes(c call) error {
	routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	if err != nil {
		return err
	}
	for _, r := range routes {
		text := "default"
		if r.Dst != nil && r.Dst.String() != "0.0.0.0/0" {
			text = r.Dst.String()
		}
		if r.Gw != nil {
			text += " via " + r.Gw.String()
		}
		if link, err := netlink.LinkByIndex(r.LinkIndex); err == nil {
			text += " dev " + link.Attrs().Name
		}
		fmt.Fprintln(c.stdout, text)
	}
	return nil
}

// addAddress gives a link an address: ADDRESS/BITS dev NAME.
func addAddress(args []string) error {
	if len(args) < 3 || args[1] != "dev" {
		return errors.New("say ADDRESS/BITS dev NAME")
	}
	address, err := netlink.ParseAddr(args[0])
	if err != nil {
		return err
	}
	link, err := netlink.LinkByName(args[2])
	if err != nil {
		return fmt.Errorf("%s: %w", args[2], err)
	}
	return netlink.AddrReplace(link, address)
}

// setLink sets a link up or down: [dev] NAME up.
func setLink(args []string) error {
	if len(args) > 0 && args[0] == "dev" {
		args = args[1:]
	}
	if len(args) != 2 || args[1] != "up" && args[1] != "down" {
		return errors.New("say NAME up, or NAME down")
	}
	link, err := netlink.LinkByName(args[0])
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if args[1] == "up" {
		return netlink.LinkSetUp(link)
	}
	return netlink.LinkSetDown(link)
}
