package source

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/layer"
)

// The fields of the kernel's ip= that mean something here; the server (1) is
// that of an NFS root, and which server has the time (9) is left to DHCP
// (Documentation/admin-guide/nfs/nfsroot.rst).
const (
	ipClient   = 0
	ipGateway  = 2
	ipNetmask  = 3
	ipHostname = 4
	ipDevice   = 5
	ipAutoconf = 6
	ipDNS0     = 7
	ipDNS1     = 8
	ipFields   = 10
)

// ipEntries reads the kernel's own way to configure its network,
// ip=CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:DEVICE:AUTOCONF:DNS0:DNS1:NTP0,
// ip=dhcp or ip=off. With a client's address it is a static configuration, of
// eth0 unless it names a device. Otherwise it is DHCP, on every interface unless
// it names one. ip=off, which tells the kernel to do nothing, changes nothing.
func ipEntries(value string) []layer.Entry {
	fields := strings.Split(value, ":")
	if len(fields) == 1 && isAutoconf(value) {
		fields = make([]string, ipFields)
		fields[ipAutoconf] = value
	}
	if len(fields) > ipFields {
		return []layer.Entry{{Place: "ip=" + value, Err: errors.Errorf("it has more than %d fields", ipFields)}}
	}
	fields = append(fields, make([]string, ipFields-len(fields))...)
	link, err := ipInterface(fields)
	if err != nil {
		return []layer.Entry{{Place: "ip=" + value, Err: err}}
	}
	var entries []layer.Entry
	if link != nil {
		content, err := json.Marshal([]config.Interface{*link})
		entries = append(entries, layer.Entry{Place: "ip=", Key: "network.interfaces", Value: string(content), Err: err})
	}
	for _, server := range []string{fields[ipDNS0], fields[ipDNS1]} {
		if server != "" {
			entries = append(entries, layer.Entry{Place: "ip=", Key: "network.dns", Value: server})
		}
	}
	if name := fields[ipHostname]; name != "" {
		entries = append(entries, layer.Entry{Place: "ip=", Key: "hostname", Value: name})
	}
	return entries
}

// ipInterface is the interface that ip= describes, nil for none.
func ipInterface(fields []string) (*config.Interface, error) {
	link := config.Interface{Name: fields[ipDevice]}
	switch method := fields[ipAutoconf]; {
	case !isAutoconf(method):
		return nil, errors.Errorf("%q is no way to configure a network: use dhcp or off", method)
	case method == "bootp" || method == "rarp":
		return nil, errors.Errorf("%s is not supported: use dhcp", method)
	case fields[ipClient] == "":
		link.DHCP = true
		if method == "off" || method == "none" {
			return nil, nil
		}
		return &link, nil
	}
	address, err := ipPrefix(fields[ipClient], fields[ipNetmask])
	if err != nil {
		return nil, err
	}
	link.Addresses = []string{address}
	if link.Name == "" {
		link.Name = "eth0"
	}
	if via := fields[ipGateway]; via != "" {
		link.Routes = []config.Route{{Via: via}}
	}
	return &link, nil
}

// isAutoconf tells whether a word is one of the kernel's methods, or none.
func isAutoconf(word string) bool {
	switch word {
	case "", "dhcp", "on", "any", "both", "off", "none", "bootp", "rarp":
		return true
	}
	return false
}

// ipPrefix returns an address with its prefix length, which without a netmask is
// that of the address's class.
func ipPrefix(address, netmask string) (string, error) {
	ip := net.ParseIP(address).To4()
	if ip == nil {
		return "", errors.Errorf("%q is no IPv4 address", address)
	}
	mask := ip.DefaultMask()
	if netmask != "" {
		mask = net.IPMask(net.ParseIP(netmask).To4())
	}
	ones, bits := mask.Size()
	if bits == 0 {
		return "", errors.Errorf("%q is no netmask for %s", netmask, address)
	}
	return fmt.Sprintf("%s/%d", ip, ones), nil
}
