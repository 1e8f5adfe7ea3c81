package machine

import (
	"cmp"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/machineid"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/names"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/timezone"
)

// files sets the host name and the time zone, and writes what programs read to know
// names and the machine, as far as it is known before the network is there.
func (p *pid1) files() error {
	p.setHostname(p.config.Hostname)
	p.writeNames(names.Source{}, nil)
	if err := machineid.Write(p.kernel); err != nil {
		p.Report("files", err)
	}
	return timezone.Set(p.kernel, p.config.TimeZone)
}

func (p *pid1) setHostname(name string) {
	if name != "" {
		if err := p.kernel.SetHostname([]byte(name)); err != nil {
			p.Report("files", errors.Wrapf(err, "setting the host name %q", name))
		}
	}
	p.writeFile("etc/hostname", name+"\n")
}

// writeNames writes the files by which programs resolve names: /etc/hosts
// (hosts(5)) and /etc/resolv.conf (resolv.conf(5)), and offers the time servers. What the configuration says
// takes the place of what the network says.
func (p *pid1) writeNames(learned names.Source, addresses []netip.Addr) {
	if p.config.Hostname == "" && learned.Hostname != "" {
		p.setHostname(learned.Hostname)
	}
	p.writeFile("etc/hosts", names.Hosts(cmp.Or(p.config.Hostname, learned.Hostname), addresses))
	p.writeFile("etc/resolv.conf", names.ResolvConf(names.Prefer(p.ownNames(), learned)))
	p.offerTime(learned.NTP)
}

// ownNames is what the configuration says of names.
func (p *pid1) ownNames() names.Source {
	own := names.Source{Search: p.config.Network.Search}
	for _, text := range p.config.Network.DNS {
		server, err := netip.ParseAddr(text)
		if err != nil {
			p.Report("files", errors.Wrap(err, "network.dns"))
			continue
		}
		own.DNS = append(own.DNS, server)
	}
	return own
}

// writeFile writes a file of a few lines, so that a reader sees all of the old or all
// of the new one.
func (p *pid1) writeFile(path, content string) {
	path = filepath.Join(p.kernel.Root, path)
	if before, err := os.ReadFile(path); err == nil && string(before) == content {
		return
	}
	part := path + ".part"
	err := os.WriteFile(part, []byte(content), 0o644)
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		p.Report("files", err)
	}
}
