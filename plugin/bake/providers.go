package bake

import (
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
)

// setProviders sets what a box is made for, and what follows of it.
func (o *Options) setProviders() {
	if len(o.Providers) == 0 {
		o.Providers = []string{image.VirtualBox}
	}
}

// boxFor tells whether there will be a box for a provider.
func (o *Options) boxFor(provider string) bool {
	return o.OutputBox != "" && slices.Contains(o.Providers, provider)
}

func (o *Options) validateBoxes() []error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, errors.Errorf(format, args...)) }

	if o.OutputBox != "" && !strings.HasSuffix(o.OutputBox, ".box") {
		fail("output_box must end in .box, or no registry takes it: %q", o.OutputBox)
	}
	if o.OutputBox == "" && !slices.Equal(o.Providers, []string{image.VirtualBox}) {
		fail("providers needs output_box: they are what boxes are for")
	}
	for i, provider := range o.Providers {
		if provider == "qemu" {
			fail("providers: vagrant-qemu takes the boxes for %[1]s: choose %[1]q in place of %[2]q", image.Libvirt, provider)
		} else if !slices.Contains(image.Providers(), provider) {
			fail("providers: there are no boxes for %q, only for %s", provider, strings.Join(image.Providers(), ", "))
		}
		if slices.Contains(o.Providers[:i], provider) {
			fail("providers has %s twice", provider)
		}
	}
	if o.OutputBox != "" && len(o.Providers) > 1 && !strings.Contains(o.OutputBox, ".Provider") {
		fail("output_box must have {{ .Provider }} in its name, as there is a box for each of %s: %q",
			strings.Join(o.Providers, " and "), o.OutputBox)
	}
	if o.boxFor(image.VMware) && o.SSH.Enabled {
		fail("ssh: VMware has no way to hand a machine the key that Vagrant makes for it: leave ssh out, or %q of providers", image.VMware)
	}
	if o.boxFor(image.VMware) && o.Memory%4 != 0 {
		fail("memory must be a multiple of 4 (MiB) for VMware, not %d", o.Memory)
	}
	// vagrant-libvirt learns of a machine's address from the lease.
	if o.boxFor(image.Libvirt) && !o.Network.AsksServer() {
		fail("network: the address cannot be fixed in a box for libvirt, which gives a machine its address by DHCP")
	}
	return errs
}
