package status

import (
	"net"
	"os"
	"strconv"
	"strings"
)

// Interfaces lists the network interfaces.
func Interfaces() []Interface {
	links, _ := net.Interfaces()
	var all []Interface
	for _, link := range links {
		i := Interface{Name: link.Name, MAC: link.HardwareAddr.String(), MTU: link.MTU, Flags: link.Flags.String()}
		addresses, _ := link.Addrs()
		for _, address := range addresses {
			i.Addresses = append(i.Addresses, address.String())
		}
		all = append(all, i)
	}
	return all
}

// Lines reads the lines of a file, none of one that is not there.
func Lines(path string) []string {
	content, _ := os.ReadFile(path)
	text := strings.TrimSuffix(string(content), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// Modules reads lines of /proc/modules: a name, a size, and more.
func Modules(lines []string) []Module {
	var all []Module
	for _, line := range lines {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		size, _ := strconv.Atoi(fields[1])
		all = append(all, Module{fields[0], size})
	}
	return all
}
