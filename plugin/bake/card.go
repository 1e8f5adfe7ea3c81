package bake

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// The network cards of network_card, and what VMware has in their places.
const (
	cardVirtio = "virtio"
	cardE1000  = "e1000"
	vmxnet3    = "vmxnet3"
	e1000e     = "e1000e"
)

func (o *Options) validateCard() []error {
	if !slices.Contains([]string{"", cardVirtio, cardE1000}, o.NetworkCard) {
		return []error{errors.Errorf("network_card must be virtio or e1000, not %q", o.NetworkCard)}
	}
	return nil
}

// forVMware tells whether something is made for VMware.
func (o *Options) forVMware() bool {
	return o.boxFor(image.VMware) || o.OutputOVA != "" && slices.Contains(o.OVAFor, image.ForVMware)
}

// forOthers tells whether there is a box or an appliance for something else.
func (o *Options) forOthers() bool {
	return o.boxFor(image.VirtualBox) || o.boxFor(image.Libvirt) || o.OutputOVA != "" && slices.Contains(o.OVAFor, image.ForVirtualBox)
}

// setCards chooses the machine's network cards: that of the configuration, or
// the fastest that the kernel has a driver for.
func (o *Options) setCards(in inputs, k kernel.Kernel, m *image.Machine) error {
	all, vmware := []string{cardVirtio, cardE1000}, []string{vmxnet3, cardE1000, e1000e}
	if k.Arch == "arm64" {
		vmware = []string{vmxnet3, e1000e} // VMware's boards have no e1000
	}
	if o.NetworkCard == cardE1000 {
		all, vmware = all[1:], vmware[1:]
	} else if o.NetworkCard == cardVirtio {
		all, vmware = all[:1], vmware[:1]
	}
	var err error
	if m.Card, err = in.cardOf(k, all); err != nil && o.forOthers() {
		return err
	}
	if m.VMwareCard, err = in.cardOf(k, vmware); err != nil && o.forVMware() {
		return errors.Wrap(err, "for VMware")
	}
	return nil
}

// cardOf returns the first of the cards for which the machine will have a driver.
// Where that cannot be known it is the e1000, or the first.
func (in inputs) cardOf(k kernel.Kernel, cards []string) (string, error) {
	unknown := false
	for _, card := range cards {
		has, known := hasCard(k, card)
		if has {
			return card, nil
		}
		unknown = unknown || !known
	}
	if !unknown {
		return "", in.cardless(k, cards)
	}
	if slices.Contains(cards, cardE1000) {
		return cardE1000, nil
	}
	return cards[0], nil
}

// hasCard tells whether the machine will have a card's driver, and whether that
// can be known. No module says that virtio_net is on the bus of virtio_pci.
func hasCard(k kernel.Kernel, card string) (has, known bool) {
	if card != cardVirtio {
		return k.Has(card)
	}
	bus, busKnown := k.Has("virtio_pci")
	has, known = k.Has("virtio_net")
	return has && (bus || !busKnown), known
}
