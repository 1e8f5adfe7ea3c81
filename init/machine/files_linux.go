package machine

import (
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
	p.writeFile("etc/hostname", name+"\n")
	address, _, _ := strings.Cut(firstInterface(p.config.Network).Address, "/")
	p.writeNames(address, p.config.Network.DNS, nil)
	return nil
}

// writeNames writes the files by which programs resolve names.
func (p *pid1) writeNames(address string, dns, search []string) {
	p.writeFile("etc/hosts", hosts(p.config.Hostname, address))
	p.writeFile("etc/resolv.conf", resolvConf(dns, search))
}

func (p *pid1) writeFile(path, content string) {
	if err := os.WriteFile(filepath.Join(p.sys.root, path), []byte(content), 0o644); err != nil {
		p.report("files", err)
	}
}

func hosts(name, address string) string {
	text := "127.0.0.1 localhost\n::1 localhost\n"
	if address != "" && name != "" {
		text += address + " " + name + "\n"
	}
	return text
}

func resolvConf(servers, search []string) string {
	var text strings.Builder
	for _, server := range servers {
		text.WriteString("nameserver " + server + "\n")
	}
	if len(search) > 0 {
		text.WriteString("search " + strings.Join(search, " ") + "\n")
	}
	return text.String()
}
