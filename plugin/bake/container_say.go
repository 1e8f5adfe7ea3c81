package bake

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/container"
)

// highPorts is the first of the ports that every user of a host may listen on. A lower
// one of the machine's is the host's that is shift higher: 80 is 8080.
const highPorts, shift = 1024, 8000

// forwarded are the ports that a box forwards: the template's, or those that the image
// exposes, or what any machine has.
func (c *containerized) forwarded(o *Options) []ForwardedPort {
	if len(o.ForwardedPorts) > 0 {
		return o.ForwardedPorts
	}
	if len(c.tcp) == 0 {
		return usualPorts()
	}
	var all []ForwardedPort
	used := map[int]bool{}
	for _, port := range c.tcp {
		host := port
		if port < highPorts {
			host += shift
		}
		for used[host] { // of 80 and 8080, say
			host++
		}
		used[host] = true
		all = append(all, ForwardedPort{Guest: port, Host: host})
	}
	return all
}

// say says what the machine makes of the image.
func (c *containerized) say(r Reporter, o *Options) {
	r.Sayf("It runs %s in %s, as the user %d, group %d", strings.Join(c.command, " "), container.Dir(c.Config), c.user.UID, c.user.GID)
	for _, name := range slices.Sorted(maps.Keys(c.Attributes)) {
		files := c.Attributes[name]
		r.Sayf("A root in memory has no extended attributes: %s is lost of %s%s", name, files[0], others(len(files)-1))
	}
	for _, path := range container.Volumes(c.Config) {
		if path != o.Data.Path {
			r.Sayf("What is written to the volume %s is in memory and ends with the machine: a data disk keeps it, with path = %[1]q in the data block", path)
		}
	}
	if h := c.Config.Healthcheck; h != nil && len(h.Test) > 0 && h.Test[0] != "NONE" {
		r.Sayf("Its health check is not used: %s. See check in supervise", strings.Join(h.Test, " "))
	}
	if len(c.unforwarded) > 0 {
		r.Sayf("Exposed, but not forwarded, as boxes forward TCP ports only: %s", strings.Join(c.unforwarded, ", "))
	}
	if len(o.ForwardedPorts) == 0 && len(c.tcp) > 0 {
		for _, p := range c.forwarded(o) {
			r.Sayf("A box forwards the port %d, which the image exposes, to %d of the host", p.Guest, p.Host)
		}
	}
}

func others(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " and 1 other file"
	}
	return fmt.Sprintf(" and %d other files", n)
}
