// Package ovf describes a virtual machine to VirtualBox: OVF 1.0 (DMTF DSP0243)
// with VirtualBox's own element for what the standard cannot say.
package ovf

import (
	_ "embed"
	"encoding/xml"
	"io"
	"strings"
	"text/template"

	"github.com/pkg/errors"
)

// Machine is a PC with BIOS firmware, an Intel 82540EM network card on NAT and
// one disk on an AHCI controller, named "SATA Controller".
type Machine struct {
	// Name is the machine's name, which an import may change.
	Name string
	// CPUs is the number of virtual processors.
	CPUs int
	// MemoryMiB is the memory in MiB.
	MemoryMiB int
	// Disk is the one disk.
	Disk Disk
}

// Disk is a streamOptimized VMDK beside the OVF file.
type Disk struct {
	// File is the name of the VMDK.
	File string
	// Capacity is the size of the virtual disk in bytes.
	Capacity int64
}

// An import gives a machine and its disk new UUIDs, so the same two can be in
// every box. The disk's stands twice: where VirtualBox's element names another
// than DiskSection does, the import fails.
const (
	machineUUID = "5c7a7c40-0000-4000-8000-000000000001"
	diskUUID    = "5c7a7c40-0000-4000-8000-000000000002"
)

//go:embed box.ovf.tmpl
var source string

var document = template.Must(template.New("box.ovf").Funcs(template.FuncMap{
	"xml":         escape,
	"machineUUID": func() string { return machineUUID },
	"diskUUID":    func() string { return diskUUID },
}).Parse(source))

// Write writes the machine as an OVF document.
func Write(w io.Writer, m Machine) error {
	if m.Name == "" || m.CPUs < 1 || m.MemoryMiB < 1 || m.Disk.File == "" || m.Disk.Capacity < 1 {
		return errors.Errorf("OVF: the machine is incomplete: %+v", m)
	}
	return errors.Wrap(document.Execute(w, m), "OVF: writing the machine")
}

func escape(text string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(text))
	return b.String(), err
}
