package postprocessor

import (
	"cmp"
	"strings"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// check fails when what is known of the kernel says that the machine would not
// start, or not reach its network. Such a machine shows little or nothing.
func (c *Config) check(ui packersdk.Ui, in inputs, k kernel.Kernel) error {
	if err := c.checkArch(k); err != nil {
		return err
	}
	if k.Config == nil {
		ui.Say("The kernel's configuration is not known, so not checked (add its config-* file to the artifact)")
	} else if lacks := k.Config.Lacks(c.commandLine(k.Arch), c.InitramfsCompression); len(lacks) > 0 {
		return errors.Errorf("the kernel %s cannot run the machine, as %s says: it lacks %s",
			k.Release, in.says(k), strings.Join(lacks, ", "))
	}
	if c.OutputBox != "" {
		if err := in.wants(k, "e1000", "the box's network card is an 82540EM"); err != nil {
			return err
		}
	}
	return nil
}

// wants fails when it is known that the machine will not have a driver.
func (in inputs) wants(k kernel.Kernel, driver, because string) error {
	if has, known := k.Has(driver); has || !known {
		return nil
	}
	return errors.Errorf("%s, but its driver %s is neither among the modules nor built into the kernel %s, as %s says: add %s.ko of that release",
		because, driver, k.Release, in.says(k), driver)
}

// says names what the kernel's make-up is known by.
func (in inputs) says(k kernel.Kernel) string {
	if k.Config == nil {
		return cmp.Or(in.builtin, "its modules.builtin")
	}
	return cmp.Or(in.config, "its own configuration")
}
