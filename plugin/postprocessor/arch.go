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

// checkArch fails for outputs that need a PC, and for those that need a UEFI
// firmware when the kernel cannot be started by one.
func (c *Config) checkArch(k kernel.Kernel) error {
	switch {
	case k.Arch == "amd64":
		return nil
	case c.OutputBox != "":
		return errors.Errorf("there is no box for %s: ask for output_iso, or output_kernel and output_initramfs", k.Arch)
	case c.OutputISO != "" && c.Bootloader == bootloaderIsolinux:
		return errors.Errorf("bootloader = %q is for PCs, the kernel for %s: leave it out", c.Bootloader, k.Arch)
	case c.OutputISO != "":
		return errors.Wrapf(k.CheckEFI(), "an ISO image for %s boots by UEFI: ask for output_kernel and output_initramfs, or take another kernel", k.Arch)
	}
	return nil
}
