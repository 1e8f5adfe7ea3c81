// Package vagrant holds the Vagrantfiles: those that a user copies, and the
// one that travels in the box.
package vagrant

import (
	"bytes"
	_ "embed"
	"text/template"

	"github.com/pkg/errors"
)

// Forward is a TCP port of the guest that is reachable on the host's 127.0.0.1.
type Forward struct {
	Guest, Host int
}

// Box is what the Vagrantfile of a box says. It is the same for every provider.
type Box struct {
	// Forwards are the forwarded ports, at least one. Vagrant takes the machine
	// for ready when the first of them answers.
	Forwards []Forward
	// CPUs and MemoryMiB are the machine's hardware where the box has no other
	// place to say so: with libvirt.
	CPUs, MemoryMiB int
}

//go:embed box.rb.tmpl
var source string

var boxfile = template.Must(template.New("box.rb").Parse(source))

// Boxfile returns the Vagrantfile that travels in the box.
func Boxfile(b Box) ([]byte, error) {
	if len(b.Forwards) == 0 {
		return nil, errors.New("the box's Vagrantfile needs a forwarded port, to know when the machine is ready")
	}
	var out bytes.Buffer
	err := boxfile.Execute(&out, b)
	return out.Bytes(), errors.Wrap(err, "writing the box's Vagrantfile")
}
