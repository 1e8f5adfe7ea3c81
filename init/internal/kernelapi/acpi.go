//go:build linux

package kernelapi

import (
	"bytes"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// The kernel tells of ACPI events by generic netlink (drivers/acpi/event.c):
// the family's name and its multicast group's, and the message's one attribute,
// a struct acpi_genl_event that starts with the class of the device.
const (
	acpiFamily    = "acpi_event"
	acpiGroup     = "acpi_mc_group"
	acpiEventAttr = 1
	genlHeader    = 4
)

// acpiEvents gives the class of the device of each ACPI event. On a kernel
// without ACPI the channel is nil.
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
			continue // such as ENOBUFS, after which it goes on
		}
		for _, m := range messages {
			if class := eventClass(m.Data); class != "" {
				events <- class
			}
		}
	}
}

// eventClass is the device class in an ACPI event, empty if there is none.
func eventClass(message []byte) string {
	if len(message) < genlHeader {
		return ""
	}
	// ParseRouteAttr panics at a last attribute that is not padded to 4 bytes.
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
