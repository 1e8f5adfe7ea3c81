package bake

import (
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// TestCards: the fastest card for which there is a driver, and an error where none
// of those that would do has one.
func TestCards(t *testing.T) {
	modules := func(names ...string) []kernel.Module {
		var all []kernel.Module
		for _, name := range names {
			all = append(all, kernel.Module{Name: name})
		}
		return all
	}
	builtin := func(names ...string) map[string]bool {
		all := map[string]bool{"ext4": true}
		for _, name := range names {
			all[name] = true
		}
		return all
	}
	everywhere := map[string]any{"output_box": "{{ .Provider }}.box", "providers": []string{"virtualbox", "vmware_desktop"}}
	tests := []struct {
		name         string
		kernel       kernel.Kernel
		card         string
		card1, card2 string // of all but VMware, and of VMware
		want         string
	}{
		{"all", kernel.Kernel{Modules: modules("e1000", "virtio_pci", "virtio_net", "vmxnet3")}, "", "virtio", "vmxnet3", ""},
		{"built in", kernel.Kernel{Builtin: builtin("virtio_pci", "virtio_net", "e1000e")}, "", "virtio", "e1000e", ""},
		{"a module on a bus that is built in", kernel.Kernel{Builtin: builtin("virtio_pci"), Modules: modules("virtio_net", "e1000")}, "", "virtio", "e1000", ""},
		{"no bus", kernel.Kernel{Builtin: builtin(), Modules: modules("virtio_net", "e1000")}, "", "e1000", "e1000", ""},
		{"not known", kernel.Kernel{}, "", "e1000", "e1000", ""},
		{"not known, the bus neither", kernel.Kernel{Modules: modules("virtio_net", "e1000")}, "", "virtio", "e1000", ""},
		{"chosen", kernel.Kernel{Modules: modules("e1000", "virtio_pci", "virtio_net", "vmxnet3")}, "e1000", "e1000", "e1000", ""},
		{"chosen and not known", kernel.Kernel{}, "virtio", "virtio", "vmxnet3", ""},
		{"chosen and not there", kernel.Kernel{Release: "6.1", Builtin: builtin("e1000")}, "virtio", "", "",
			"there is no driver for the machine's network card (virtio), neither among the modules nor built into the kernel 6.1, as its modules.builtin says"},
		{"none", kernel.Kernel{Builtin: builtin()}, "", "", "", "network card (virtio or e1000)"},
		{"none for VMware", kernel.Kernel{Builtin: builtin("virtio_pci", "virtio_net")}, "", "virtio", "", "for VMware: there is no driver for the machine's network card (vmxnet3 or e1000 or e1000e)"},
		{"none for VMware on arm64", kernel.Kernel{Arch: "arm64", Builtin: builtin("virtio_pci", "virtio_net", "e1000")}, "", "virtio", "", "(vmxnet3 or e1000e)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := decode(t, everywhere)
			if err != nil {
				t.Fatal(err)
			}
			c.NetworkCard = test.card
			var m image.Machine
			err = c.setCards(inputs{}, test.kernel, &m)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want an error with %q", err, test.want)
				}
			} else if err != nil || m.VMwareCard != test.card2 {
				t.Errorf("for VMware: %q, %v", m.VMwareCard, err)
			}
			if m.Card != test.card1 {
				t.Errorf("got the card %q, want %q", m.Card, test.card1)
			}
		})
	}
	// Who boots the ISO image chooses the card.
	c, err := decode(t, map[string]any{"output_iso": "x.iso"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.setCards(inputs{}, kernel.Kernel{Builtin: builtin()}, &image.Machine{}); err != nil {
		t.Error(err)
	}
}
