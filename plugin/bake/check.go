package bake

import (
	"cmp"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// check fails when what is known of the kernel says that the machine would not
// start, or not reach its network. Such a machine shows little or nothing.
func (o *Options) check(r Reporter, in inputs, k kernel.Kernel) error {
	if err := o.checkArch(k); err != nil {
		return err
	}
	if k.Config == nil {
		r.Say("The kernel's configuration is not known, so not checked (add its config-* file to the artifact)")
	} else if lacks := k.Config.Lacks(o.commandLine(k.Arch), o.InitramfsCompression); len(lacks) > 0 {
		return errors.Errorf("the kernel %s cannot run the machine, as %s says: it lacks %s",
			k.Release, in.says(k), strings.Join(lacks, ", "))
	}
	return o.setCards(in, k, &image.Machine{})
}

// cardless is the error that the machine would not have any of the cards' drivers.
func (in inputs) cardless(k kernel.Kernel, cards []string) error {
	return errors.Errorf("there is no driver for the machine's network card (%s), neither among the modules nor built into the kernel %s, "+
		"as %s says: add the modules of that release", strings.Join(cards, " or "), k.Release, in.says(k))
}

// says names what the kernel's make-up is known by.
func (in inputs) says(k kernel.Kernel) string {
	if k.Config == nil {
		return cmp.Or(in.builtin, "its modules.builtin")
	}
	return cmp.Or(in.config, "its own configuration")
}
