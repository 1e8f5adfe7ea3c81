package postprocessor

import (
	"cmp"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// commandLine is the kernel's on an architecture.
func (c *Config) commandLine(arch string) string {
	usual := image.DefaultCommandLine
	if arch == "arm64" {
		usual = image.DefaultCommandLineARM64
	}
	return cmp.Or(c.CommandLine, usual)
}

// memory is the box's, in MiB. UEFI firmware needs some for itself.
func (c *Config) memory(arch string) int {
	usual := image.DefaultMemoryMiB
	if arch == "arm64" {
		usual = image.DefaultMemoryMiBUEFI
	}
	return cmp.Or(c.Memory, usual)
}

// checkArch fails for outputs that need a PC, and for those that need a UEFI
// firmware when the kernel cannot be started by one.
func (c *Config) checkArch(k kernel.Kernel) error {
	switch {
	case k.Arch == "amd64":
		return nil
	case c.boxFor(image.VirtualBox):
		return errors.Errorf("there is no box of %s for VirtualBox: choose providers = [%q], or leave out output_box", k.Arch, image.Libvirt)
	case c.OutputISO != "" && c.Bootloader == bootloaderIsolinux:
		return errors.Errorf("bootloader = %q is for PCs, the kernel for %s: leave it out", c.Bootloader, k.Arch)
	case c.OutputISO != "" || c.OutputBox != "":
		return errors.Wrapf(k.CheckEFI(), "the images for %s boot by UEFI: ask for output_kernel and output_initramfs, or take another kernel", k.Arch)
	}
	return nil
}
