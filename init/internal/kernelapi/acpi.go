//go:build linux

package kernelapi

import (
	"bytes"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// The kernel sends ACPI events over generic netlink (drivers/acpi/event.c). These are
// the names of the family and of its multicast group, and the number of the only
// attribute of a message: a struct acpi_genl_event, which starts with the device class.
const (
	acpiFamily    = "acpi_event"
	acpiGroup     = "acpi_mc_group"
	acpiEventAttr = 1
	genlHeader    = 4
)

// acpiEvents returns a channel with the device class of each ACPI event. The channel is
// nil on a kernel without ACPI.
func acpiEvents() (<-chan string, error) {
	family, err := netlink.GenlFamilyGet(acpiFamily)
	if err != nil {
		return nil, nil
	}
	for _, group := range family.Groups {
		if group.Name != acpiGroup {
			continue
		}
		socket, err := nl.Subscribe(unix.NETLINK_GENERIC, uint(group.ID))
		if err != nil {
			return nil, err
		}
		events := make(chan string)
		go receive(socket, events)
		return events, nil
	}
	return nil, nil
}

func receive(socket *nl.NetlinkSocket, events chan<- string) {
	for {
		messages, _, err := socket.Receive()
		if err != nil {
			continue // such as ENOBUFS: later messages still arrive
		}
		for _, m := range messages {
			if class := eventClass(m.Data); class != "" {
				events <- class
			}
		}
	}
}

// eventClass returns the device class of an ACPI event, or "" if it has none.
func eventClass(message []byte) string {
	if len(message) < genlHeader {
		return ""
	}
	// ParseRouteAttr panics if the last attribute is not padded to 4 bytes.
	padded := bytes.Clone(message[genlHeader:])
	for len(padded)%4 != 0 {
		padded = append(padded, 0)
	}
	attributes, err := nl.ParseRouteAttr(padded)
	if err != nil {
		return ""
	}
	for _, a := range attributes {
		if a.Attr.Type == acpiEventAttr {
			class, _, _ := bytes.Cut(a.Value, []byte{0})
			return string(class)
		}
	}
	return ""
}
