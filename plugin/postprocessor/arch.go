package postprocessor

import (
	"cmp"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
)

// commandLine is the kernel's on an architecture.
func (c *Config) commandLine(arch string) string {
	usual := image.DefaultCommandLine
	if arch == "arm64" {
		usual = image.DefaultCommandLineARM64
	}
	return cmp.Or(c.CommandLine, usual)
}

// checkArch fails for outputs that start by a BIOS, which only PCs have.
func (c *Config) checkArch(arch string) error {
	if arch == "amd64" || c.OutputISO == "" && c.OutputBox == "" {
		return nil
	}
	return errors.Errorf("there is no boot loader for %s, so no ISO image and no box: "+
		"ask for output_kernel and output_initramfs, and boot those directly", arch)
}
