// Package vagrant holds the Vagrantfiles: those for users to copy, and the one inside
// the box.
package vagrant

import (
	"bytes"
	"embed"
	"text/template"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// Forward is a TCP port of the guest that can be reached on the host's 127.0.0.1.
type Forward struct {
	Guest, Host int
}

// Box holds the values for a box's Vagrantfile. They are the same for every provider.
type Box struct {
	// Arch is the machine's architecture, in Go's terms.
	Arch string
	// Forwards are the forwarded ports, at least one.
	Forwards []Forward
	// CPUs and MemoryMiB are the machine's hardware. Only libvirt uses them, because
	// its box has no other place for them.
	CPUs, MemoryMiB int
	// Card is the network card, "virtio" or "e1000", for the same reason.
	Card string
	// SSH means that the machine has SSH on port 22. Otherwise Vagrant considers the
	// machine ready when the first of the forwarded ports answers.
	SSH bool
}

// Command is what go install takes to make the command scratchmachine of this version.
func (Box) Command() string {
	return "github.com/scratchmachine/packer-plugin-scratchmachine/plugin/cmd/scratchmachine@v" + config.Version
}

//go:embed *.rb.tmpl
var sources embed.FS

var boxfiles = template.Must(template.ParseFS(sources, "*.rb.tmpl"))

// Boxfile returns the Vagrantfile for the inside of a box.
func Boxfile(b Box) ([]byte, error) {
	if len(b.Forwards) == 0 {
		return nil, errors.New("the box's Vagrantfile needs a forwarded port, to know when the machine is ready")
	}
	name := "box.rb.tmpl"
	if b.SSH {
		name = "ssh.rb.tmpl"
	}
	var out bytes.Buffer
	err := boxfiles.ExecuteTemplate(&out, name, b)
	return out.Bytes(), errors.Wrap(err, "writing the box's Vagrantfile")
}
