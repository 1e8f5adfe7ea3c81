// Package ovf describes a virtual machine to VirtualBox and to VMware: OVF 1.0
// (DMTF DSP0243), with VirtualBox's own element for what the standard cannot say.
package ovf

import (
	"embed"
	"encoding/xml"
	"io"
	"strings"
	"text/template"

	"github.com/pkg/errors"
)

// Machine has one network card and one disk. For VirtualBox it is a PC with BIOS
// firmware and a disk on AHCI, at a controller named "SATA Controller", or, for
// arm64, a board with UEFI firmware and a disk on VirtioSCSI. For VMware it is a
// PC of the hardware version vmx-13, ESXi 6.5's, with a disk on AHCI.
type Machine struct {
	// Flavour is who reads the description.
	Flavour Flavour
	// Name is the machine's name, which an import may change.
	Name string
	// Arch is the machine's architecture in Go's terms: "amd64", or for
	// VirtualBox also "arm64".
	Arch string
	// CPUs is the number of virtual processors.
	CPUs int
	// MemoryMiB is the memory in MiB.
	MemoryMiB int
	// Card is the network card: "virtio" or "e1000" for VirtualBox, "vmxnet3",
	// "e1000" or "e1000e" for VMware.
	Card string
	// Disk is the one disk.
	Disk Disk
}

// Flavour is a hypervisor's way to read OVF.
type Flavour string

// The flavours.
const (
	VirtualBox Flavour = "virtualbox"
	VMware     Flavour = "vmware"
)

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

// cards are the names of the network cards in the standard's ResourceSubType.
// VirtualBox goes by its own element, adapters.
func cards(f Flavour) map[string]string {
	if f == VMware {
		return map[string]string{"vmxnet3": "VmxNet3", "e1000": "E1000", "e1000e": "E1000e"}
	}
	return map[string]string{"virtio": "virtio", "e1000": "E1000"}
}

// adapters are VirtualBox's names of the network cards (VirtualBox:
// src/VBox/Main/xml/VirtualBox-settings.xsd, TNetworkAdapterType).
func adapters() map[string]string { return map[string]string{"virtio": "virtio", "e1000": "82540EM"} }

//go:embed *.tmpl
var sources embed.FS

var documents = template.Must(template.New("").Funcs(template.FuncMap{
	"xml":     escape,
	"machine": func() string { return "{" + machineUUID + "}" },
	"disk":    func() string { return diskUUID },
	"card":    func(m Machine) string { return cards(m.Flavour)[m.Card] },
	"adapter": func(m Machine) string { return adapters()[m.Card] },
}).ParseFS(sources, "*.tmpl"))

// Write writes the machine as an OVF document.
func Write(w io.Writer, m Machine) error {
	switch {
	case m.Name == "" || m.CPUs < 1 || m.MemoryMiB < 1 || m.Disk.File == "" || m.Disk.Capacity < 1:
		return errors.Errorf("OVF: the machine is incomplete: %+v", m)
	case cards(m.Flavour)[m.Card] == "":
		return errors.Errorf("OVF: there is no network card %q for %s", m.Card, m.Flavour)
	case m.Arch != "amd64" && (m.Arch != "arm64" || m.Flavour != VirtualBox):
		return errors.Errorf("OVF: there is no description of a machine of %s for %s", m.Arch, m.Flavour)
	}
	return errors.Wrap(documents.ExecuteTemplate(w, "box.ovf.tmpl", m), "OVF: writing the machine")
}

func escape(text string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(text))
	return b.String(), err
}
