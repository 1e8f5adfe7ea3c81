package machine

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
)

// files sets the host name and writes what programs read to know names:
// /etc/hostname, /etc/hosts (hosts(5)) and /etc/resolv.conf (resolv.conf(5)).
func (p *pid1) files() error {
	name := p.config.Hostname
	if name != "" {
		if err := p.sys.setHostname([]byte(name)); err != nil {
			p.report("files", errors.Wrapf(err, "setting the host name %q", name))
		}
	}
	for path, content := range map[string]string{
		"etc/hostname":    name + "\n",
		"etc/hosts":       hosts(name, p.config.Network.Address),
		"etc/resolv.conf": resolvConf(p.config.Network.DNS),
	} {
		if err := os.WriteFile(filepath.Join(p.sys.root, path), []byte(content), 0o644); err != nil {
			p.report("files", err)
		}
	}
	return nil
}

func hosts(name, address string) string {
	text := "127.0.0.1 localhost\n::1 localhost\n"
	if prefix, err := netip.ParsePrefix(address); err == nil && name != "" {
		text += prefix.Addr().String() + " " + name + "\n"
	}
	return text
}

func resolvConf(servers []string) string {
	var text strings.Builder
	for _, server := range servers {
		text.WriteString("nameserver " + server + "\n")
	}
	return text.String()
}
