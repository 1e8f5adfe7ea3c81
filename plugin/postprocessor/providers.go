package postprocessor

import (
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
)

// setProviders sets what a box is made for, and what follows of it.
func (c *Config) setProviders() {
	if len(c.Providers) == 0 {
		c.Providers = []string{image.VirtualBox}
	}
}

// boxFor tells whether there will be a box for a provider.
func (c *Config) boxFor(provider string) bool {
	return c.OutputBox != "" && slices.Contains(c.Providers, provider)
}

func (c *Config) validateBoxes() []error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, errors.Errorf(format, args...)) }

	if c.OutputBox != "" && !strings.HasSuffix(c.OutputBox, ".box") {
		fail("output_box must end in .box, or no registry takes it: %q", c.OutputBox)
	}
	if c.OutputBox == "" && !slices.Equal(c.Providers, []string{image.VirtualBox}) {
		fail("providers needs output_box: they are what boxes are for")
	}
	for i, provider := range c.Providers {
		if provider == "qemu" {
			fail("providers: vagrant-qemu takes the boxes for %[1]s: choose %[1]q in place of %[2]q", image.Libvirt, provider)
		} else if !slices.Contains(image.Providers(), provider) {
			fail("providers: there are no boxes for %q, only for %s", provider, strings.Join(image.Providers(), ", "))
		}
		if slices.Contains(c.Providers[:i], provider) {
			fail("providers has %s twice", provider)
		}
	}
	if c.OutputBox != "" && len(c.Providers) > 1 && !strings.Contains(c.OutputBox, ".Provider") {
		fail("output_box must have {{ .Provider }} in its name, as there is a box for each of %s: %q",
			strings.Join(c.Providers, " and "), c.OutputBox)
	}
	if c.boxFor(image.VMware) && c.SSH.Enabled {
		fail("ssh: VMware has no way to hand a machine the key that Vagrant makes for it: leave ssh out, or %q of providers", image.VMware)
	}
	if c.boxFor(image.VMware) && c.Memory%4 != 0 {
		fail("memory must be a multiple of 4 (MiB) for VMware, not %d", c.Memory)
	}
	// vagrant-libvirt learns of a machine's address from the lease.
	if c.boxFor(image.Libvirt) && !c.Network.asksServer() {
		fail("network: the address cannot be fixed in a box for libvirt, which gives a machine its address by DHCP")
	}
	return errs
}
