package postprocessor

import (
	"os"
	"slices"
	"strings"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// check fails when the kernel's configuration says that the machine would not
// start, or not reach its network. Such a machine shows little or nothing.
func (c *Config) check(ui packersdk.Ui, in inputs, k kernel.Kernel) error {
	known, from, err := in.configuration(k)
	if err != nil {
		return err
	}
	if known == nil {
		ui.Say("The kernel's configuration is not known, so not checked (add its config-* file to the artifact)")
		return nil
	}
	if lacks := known.Lacks(c.CommandLine); len(lacks) > 0 {
		return errors.Errorf("the kernel %s cannot run the machine, as %s says: it lacks %s",
			k.Release, from, strings.Join(lacks, ", "))
	}
	if c.OutputBox != "" && !hasDriver(known, k, "E1000", "e1000") {
		return errors.Errorf("the box's network card is an 82540EM, but its driver e1000 is neither among the modules "+
			"nor built into the kernel %s, as %s says: add e1000.ko of that release", k.Release, from)
	}
	return nil
}

// hasDriver tells whether a driver is built in, or among the modules.
func hasDriver(known kernel.Config, k kernel.Kernel, option, module string) bool {
	return known[option] == "y" || slices.ContainsFunc(k.Modules, func(m kernel.Module) bool { return m.Name == module })
}

// configuration returns the kernel's build configuration and where it is from,
// nil if it is in neither the artifact nor the kernel.
func (in inputs) configuration(k kernel.Kernel) (kernel.Config, string, error) {
	if in.config == "" {
		known, err := kernel.EmbeddedConfig(k.Image)
		return known, "its own configuration", errors.Wrapf(err, "reading the kernel %s", in.kernel)
	}
	content, err := os.ReadFile(in.config)
	if err != nil {
		return nil, "", errors.Wrap(err, "reading the kernel's configuration")
	}
	known, err := kernel.ParseConfig(content)
	return known, in.config, errors.Wrapf(err, "reading %s", in.config)
}
