//go:build linux

package network

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/vishvananda/netlink"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// matching returns the first entry of the configuration that matches an interface.
func (n *Network) matching(link netlink.Link) (config.Interface, bool) {
	a := link.Attrs()
	if a.EncapType != "ether" {
		return config.Interface{}, false
	}
	for _, entry := range n.config.Interfaces {
		if n.matches(entry, a) {
			return entry, true
		}
	}
	return config.Interface{}, false
}

// matches reports whether an entry matches an interface. An entry without a name and a
// hardware address matches only hardware, not interfaces that the kernel or a program
// has created.
func (n *Network) matches(entry config.Interface, a *netlink.LinkAttrs) bool {
	if entry.Name != "" {
		if ok, err := path.Match(entry.Name, a.Name); !ok || err != nil {
			return false
		}
	}
	if entry.MAC != "" && !strings.EqualFold(entry.MAC, a.HardwareAddr.String()) {
		return false
	}
	if entry.Driver != "" && entry.Driver != n.driver(a.Name) {
		return false
	}
	return entry.Name+entry.MAC != "" || n.isHardware(a.Name)
}

func (n *Network) isHardware(name string) bool {
	_, err := os.Lstat(filepath.Join(n.kernel.Root, "sys/class/net", name, "device"))
	return err == nil
}

// driver returns the name of an interface's driver, or "" if sysfs shows none.
func (n *Network) driver(name string) string {
	driver, err := os.Readlink(filepath.Join(n.kernel.Root, "sys/class/net", name, "device/driver"))
	if err != nil {
		return ""
	}
	return filepath.Base(driver)
}
