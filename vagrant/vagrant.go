// Package vagrant holds the Vagrantfiles: those that a user copies, and the
// one that travels in the box.
package vagrant

import (
	"bytes"
	"embed"
	"text/template"

	"github.com/pkg/errors"
)

// Forward is a TCP port of the guest that is reachable on the host's 127.0.0.1.
type Forward struct {
	Guest, Host int
}

// Box is what the Vagrantfile of a box says. It is the same for every provider.
type Box struct {
	// Arch is the machine's architecture, in Go's terms.
	Arch string
	// Forwards are the forwarded ports, at least one.
	Forwards []Forward
	// CPUs and MemoryMiB are the machine's hardware where the box has no other
	// place to say so: with libvirt.
	CPUs, MemoryMiB int
	// Card is the network card likewise: "virtio" or "e1000".
	Card string
	// SSH says that the machine has it, on port 22. Without it Vagrant takes the
	// machine for ready when the first of the forwarded ports answers.
	SSH bool
}

//go:embed *.rb.tmpl
var sources embed.FS

var boxfiles = template.Must(template.ParseFS(sources, "*.rb.tmpl"))

// Boxfile returns the Vagrantfile that travels in the box.
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
