package kernel

import (
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// Config is a kernel's build configuration: "y", "m" or a value by name,
// without the CONFIG_ in front. What is not set is not there.
type Config map[string]string

// configHead is how Kconfig begins each file (scripts/kconfig/confdata.c).
const configHead = "#\n# Automatically generated file; DO NOT EDIT.\n"

// IsConfig tells by its first bytes whether a file is a build configuration.
func IsConfig(head []byte) bool {
	text, err := input.Text(head[:min(len(head), 2*len(configHead))])
	return err == nil && strings.HasPrefix(text, configHead)
}

// ParseConfig reads a build configuration, as it lies in /boot/config-RELEASE.
func ParseConfig(content []byte) (Config, error) {
	c := Config{}
	for line := range strings.Lines(string(content)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if name, is := strings.CutPrefix(name, "CONFIG_"); ok && is {
			c[name] = strings.Trim(value, `"`)
		}
	}
	if len(c) == 0 {
		return nil, errors.New("this is no kernel configuration: no line begins with CONFIG_")
	}
	return c, nil
}

// need is an option that a machine does not start without.
type need struct{ option, because string }

// Lacks lists what a kernel of this configuration lacks to run a machine with
// the given command line, and an initramfs compressed so: nil if it is fit.
func (c Config) Lacks(commandLine, compression string) []string {
	needs := []need{
		{"64BIT", "the program is a 64-bit one"},
		{"BINFMT_ELF", "the program is an ELF file"},
		{"BLK_DEV_INITRD", "the machine lives in an initramfs"},
		{"RD_" + strings.ToUpper(compression), "the initramfs is compressed with " + compression},
		{"DEVTMPFS", "/dev is a devtmpfs"},
		{"PROC_FS", "Go programs read /proc"},
		{"SYSFS", "the consoles are found in /sys"},
		{"INET", "the machine has a network"},
	}
	for _, field := range strings.Fields(commandLine) {
		console, ok := strings.CutPrefix(field, "console=")
		switch {
		case ok && strings.HasPrefix(console, "ttyS"):
			needs = append(needs, need{"SERIAL_8250_CONSOLE", "the command line has " + field})
		case ok && strings.HasPrefix(console, "ttyAMA"):
			needs = append(needs, need{"SERIAL_AMBA_PL011_CONSOLE", "the command line has " + field})
		case ok && strings.HasPrefix(console, "tty") && len(console) > 3 && '0' <= console[3] && console[3] <= '9':
			needs = append(needs, need{"VT_CONSOLE", "the command line has " + field})
		}
	}
	var lacks []string
	for _, n := range needs {
		if c[n.option] != "y" {
			lacks = append(lacks, "CONFIG_"+n.option+" ("+n.because+")")
		}
	}
	return lacks
}
