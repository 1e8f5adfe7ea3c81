// Package vmx describes a virtual machine to VMware Workstation and Fusion: a
// configuration file (.vmx), of lines 'key = "value"'.
//
// VMware documents neither the keys nor their syntax. These are those that VMware
// writes itself, as packer-plugin-vmware (builder/vmware/iso, step_create_vmx.go)
// and the boxes of bento have them.
package vmx

import (
	_ "embed"
	"io"
	"strings"
	"text/template"

	"github.com/pkg/errors"
)

// Machine has one network card, on NAT, and one disk. For amd64 it is a PC with
// BIOS firmware and a disk on SATA, for Workstation 14 and Fusion 10 or newer; for
// arm64 a board with UEFI firmware and a disk on NVMe, for Fusion 13 or newer.
type Machine struct {
	// Name is the machine's name.
	Name string
	// Arch is the machine's architecture in Go's terms: "amd64" or "arm64".
	Arch string
	// CPUs is the number of virtual processors.
	CPUs int
	// MemoryMiB is the memory in MiB, a multiple of 4.
	MemoryMiB int
	// Card is the network card: "vmxnet3", "e1000" or "e1000e".
	Card string
	// Disk is the name of the VMDK beside the file.
	Disk string
}

//go:embed machine.vmx.tmpl
var source string

var document = template.Must(template.New("machine.vmx").Funcs(template.FuncMap{"quote": quote}).Parse(source))

// Write writes the machine's configuration file.
func Write(w io.Writer, m Machine) error {
	if m.Name == "" || m.Disk == "" || m.Card == "" || m.CPUs < 1 || m.MemoryMiB < 4 || m.Arch != "amd64" && m.Arch != "arm64" {
		return errors.Errorf("VMX: the machine is incomplete: %+v", m)
	}
	if m.MemoryMiB%4 != 0 {
		return errors.Errorf("VMX: the memory must be a multiple of 4 MiB, not %d MiB", m.MemoryMiB)
	}
	return errors.Wrap(document.Execute(w, m), "VMX: writing the machine")
}

// quote returns a value with what cannot stand in one written as VMware does: a
// bar and two hexadecimal digits.
func quote(text string) string {
	return `"` + strings.NewReplacer(`|`, "|7C", `"`, "|22", "\n", "|0A", "\r", "|0D").Replace(text) + `"`
}
