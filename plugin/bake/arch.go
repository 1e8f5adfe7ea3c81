package bake

import (
	"cmp"
	"slices"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// commandLine is the kernel's on an architecture.
func (o *Options) commandLine(arch string) string {
	usual := image.DefaultCommandLine
	if arch == "arm64" {
		usual = image.DefaultCommandLineARM64
	}
	return cmp.Or(o.CommandLine, usual)
}

// checkArch fails for outputs that need a PC, and for those that need a UEFI
// firmware when the kernel cannot be started by one.
func (o *Options) checkArch(k kernel.Kernel) error {
	switch {
	case k.Arch == "amd64":
		return nil
	case o.boxFor(image.VirtualBox) && o.SSH.Enabled:
		return errors.Errorf("ssh: VirtualBox has no way to hand a machine of %s the key that Vagrant makes for it: leave ssh out, or %q of providers",
			k.Arch, image.VirtualBox)
	case o.OutputOVA != "" && slices.Contains(o.OVAFor, image.ForVMware):
		return errors.Errorf("ova_for: VMware's appliances are for PCs, the kernel for %s: leave out %q", k.Arch, image.ForVMware)
	case o.OutputISO != "" && o.Bootloader == bootloaderIsolinux:
		return errors.Errorf("bootloader = %q is for PCs, the kernel for %s: leave it out", o.Bootloader, k.Arch)
	case o.OutputISO != "" || o.OutputBox != "" || o.OutputDisk != "" || o.OutputOVA != "" || o.OutputGCE != "":
		return errors.Wrapf(k.CheckEFI(), "the images for %s boot by UEFI: ask for output_kernel and output_initramfs, or take another kernel", k.Arch)
	}
	return nil
}
