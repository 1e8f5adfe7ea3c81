package bake

import (
	"io/fs"
	"path"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs"
)

const folderMode = fs.ModeDir | 0o755

// kernelFolders are those that the machine mounts something over.
var kernelFolders = []string{"/dev", "/proc", "/sys", "/run"}

// machineFiles are the machine's own, whatever an image has there. A container has its
// own of them, too.
var machineFiles = []string{"/init", config.Path, "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/etc/machine-id"}

// fit makes the image's tree one that the machine can start in.
func (c *containerized) fit(r Reporter) error {
	if e, ok := c.tree.Lookup("/etc"); ok && e.Path != "/etc" {
		return errors.Errorf("container_image: its /etc leads to %s, but must be a folder: the machine's configuration is there", e.Path)
	}
	if _, there := c.tree.Lookup("/init"); there {
		r.Say("The image's own /init is left out: the machine's is there")
	}
	if n := c.below("/run"); n > 0 {
		r.Sayf("Left out, as /run is empty when a machine starts: %d files and folders that the image has there", n)
	}
	for _, p := range append(kernelFolders, machineFiles...) {
		c.tree.Remove(p)
	}
	c.tree.Remove("/lib/modules")
	for _, p := range kernelFolders {
		if err := c.tree.Put(tree.Entry{Path: p, Mode: folderMode}); err != nil {
			return errors.Wrap(err, "container_image")
		}
	}
	return nil
}

// below counts what is in a folder.
func (c *containerized) below(folder string) int {
	n := 0
	for _, e := range c.tree.Entries() {
		if strings.HasPrefix(e.Path, folder+"/") {
			n++
		}
	}
	return n
}

// needs is the program with what the machine has to give it: nothing that the image
// has itself.
func (c *containerized) needs(o *Options) program.Program {
	own := len(o.CACertificates) == 0 && c.has(trustStores...)
	return program.Program{Roots: c.program.Roots && !own, Zones: c.program.Zones && !c.has("/usr/share/zoneinfo")}
}

// trustStores are the files where Linux programs look for certificate authorities
// (Go: crypto/x509/root_linux.go).
var trustStores = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"}

// root is what the machine has: the image's files; where it has none, those that every
// machine has; and those that the template names in any case.
func (c *containerized) root(r Reporter, o *Options, usual, trusted, zones []tree.Entry) ([]tree.Entry, error) {
	if err := c.fit(r); err != nil {
		return nil, err
	}
	put := map[bool]func(tree.Entry) error{true: c.tree.Put, false: c.tree.Add}
	for _, part := range []struct {
		entries []tree.Entry
		named   bool
	}{
		{usual, false},
		{c.folders(), false},
		{trusted, o.TrustStore == trustMozilla || len(o.CACertificates) > 0},
		{zones, o.TimeZones == zonesAll || o.TimeZone != ""},
	} {
		for _, e := range part.entries {
			if err := put[part.named](e); err != nil {
				return nil, errors.Wrap(err, "container_image")
			}
		}
	}
	return c.tree.Entries(), nil
}

// has reports whether the image has something at one of the paths.
func (c *containerized) has(paths ...string) bool {
	for _, p := range paths {
		if _, there := c.tree.Lookup(p); there {
			return true
		}
	}
	return false
}

// resolve lets files of the template go where the image's links lead, as /lib may lead
// to /usr/lib.
func (c *containerized) resolve(blocks []rootfs.Block) {
	for _, b := range blocks {
		for i := range b.Entries {
			e := &b.Entries[i]
			e.Path = c.tree.Resolve(e.Path)
			if there, ok := c.tree.Lookup(e.Path); ok && e.Mode.IsDir() && there.Mode.IsDir() {
				e.Path = there.Path // a folder, and not in the place of the link to one
			}
			if e.HardLink != "" {
				e.HardLink = c.tree.Resolve(e.HardLink)
			}
		}
	}
}

// adapt makes the machine one that runs the image's program.
func (c *containerized) adapt(m *image.Machine) {
	c.tell(&m.Config.Program)
	// The image's /lib may lead to its /usr/lib.
	m.ModulesDir = path.Dir(c.tree.Resolve(config.ModulesDir+"x")) + "/"
}
