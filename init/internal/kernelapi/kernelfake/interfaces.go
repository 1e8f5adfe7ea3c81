//go:build linux

package kernelfake

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Interfaces plays the machine's network interfaces. It records what is done to them,
// and announces each new address as the kernel does.
type Interfaces struct {
	Updates chan netlink.LinkUpdate // the kernel's announcements
	Fails   string                  // the call that fails, as Done shows it

	mu        sync.Mutex
	there     []netlink.Link
	calls     []string
	addresses chan netlink.AddrUpdate
}

func newInterfaces() *Interfaces {
	return &Interfaces{Updates: make(chan netlink.LinkUpdate, 8), addresses: make(chan netlink.AddrUpdate, 8)}
}

// Appear makes the kernel announce an interface, new or changed.
func (i *Interfaces) Appear(index int, name string, carrier bool) {
	u := netlink.LinkUpdate{Link: &netlink.Device{LinkAttrs: netlink.LinkAttrs{
		Index: index, Name: name, EncapType: "ether", HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, byte(index)},
	}}}
	u.Header.Type = unix.RTM_NEWLINK
	if carrier {
		u.IfInfomsg.Flags = unix.IFF_LOWER_UP
	}
	i.mu.Lock()
	i.there = append(i.there, u.Link)
	i.mu.Unlock()
	i.Updates <- u
}

// Note records a call. It returns an error if the call is the one in Fails.
func (i *Interfaces) Note(call string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.calls = append(i.calls, call)
	if call == i.Fails {
		return unix.EPERM
	}
	return nil
}

// Done returns the recorded calls, in order.
func (i *Interfaces) Done() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return strings.Join(i.calls, ", ")
}

// WaitDone waits until the recorded calls end with last.
func (i *Interfaces) WaitDone(t testing.TB, last string) {
	t.Helper()
	for range 1000 {
		if strings.HasSuffix(i.Done(), last) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%q is not the last of: %s", last, i.Done())
}

// The functions of kernelapi.Links.

func (i *Interfaces) LinkByName(name string) (netlink.Link, error) {
	return &netlink.Device{LinkAttrs: netlink.LinkAttrs{Name: name, Index: 1}}, nil
}

// LinkList returns the interfaces that have appeared.
func (i *Interfaces) LinkList() ([]netlink.Link, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.there), nil
}

func (i *Interfaces) LinkSetUp(link netlink.Link) error { return i.Note("up " + link.Attrs().Name) }

func (i *Interfaces) LinkSetMTU(link netlink.Link, mtu int) error {
	return i.Note(fmt.Sprintf("mtu %s %d", link.Attrs().Name, mtu))
}

func (i *Interfaces) AddrReplace(link netlink.Link, a *netlink.Addr) error {
	err := i.Note("address " + link.Attrs().Name + " " + a.IPNet.String())
	if err == nil {
		i.addresses <- netlink.AddrUpdate{LinkAddress: *a.IPNet, LinkIndex: link.Attrs().Index, NewAddr: true}
	}
	return err
}

func (i *Interfaces) AddrDel(link netlink.Link, a *netlink.Addr) error {
	i.addresses <- netlink.AddrUpdate{LinkAddress: *a.IPNet, LinkIndex: link.Attrs().Index}
	return i.Note("remove " + link.Attrs().Name + " " + a.IPNet.String())
}

func (i *Interfaces) RouteReplace(r *netlink.Route) error {
	return i.Note(fmt.Sprintf("route %s via %s metric %d", r.Dst, r.Gw, r.Priority))
}

func (i *Interfaces) RouteDel(r *netlink.Route) error {
	return i.Note(fmt.Sprintf("no route %s via %s", r.Dst, r.Gw))
}

// SetDriver gives an interface a driver, in the way that sysfs shows it.
func (k *Kernel) SetDriver(t testing.TB, name, driver string) {
	t.Helper()
	device := k.Path("sys/class/net/" + name + "/device")
	if err := os.MkdirAll(device, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../../bus/pci/drivers/"+driver, filepath.Join(device, "driver")); err != nil {
		t.Fatal(err)
	}
}
