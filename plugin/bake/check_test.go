package bake

import (
	"strings"
	"testing"
)

// fit is the configuration of a kernel that can run a machine.
const fit = `#
# Automatically generated file; DO NOT EDIT.
# Linux/x86 6.12.94 Kernel Configuration
#
CONFIG_64BIT=y
CONFIG_BINFMT_ELF=y
CONFIG_BLK_DEV_INITRD=y
CONFIG_RD_GZIP=y
CONFIG_DEVTMPFS=y
CONFIG_PROC_FS=y
CONFIG_SYSFS=y
CONFIG_INET=y
CONFIG_VT_CONSOLE=y
CONFIG_SERIAL_8250_CONSOLE=y
CONFIG_E1000=m
`

func TestCheck(t *testing.T) {
	tests := []struct {
		name, config, commandLine string
		files                     int // of the artifact: 1 is the kernel alone
		want                      string
	}{
		{"fit", fit, "", 2, ""},
		{"no configuration", "", "", 2, ""},
		{"built in", strings.Replace(fit, "E1000=m", "E1000=y", 1), "", 1, ""},
		{"no driver", fit, "", 1, "there is no driver for the machine's network card (virtio or e1000), neither among the modules nor built into the kernel 6.12.94-0-virt, as "},
		{"no gzip", strings.Replace(fit, "CONFIG_RD_GZIP=y", "# CONFIG_RD_GZIP is not set", 1), "", 2,
			"it lacks CONFIG_RD_GZIP (the initramfs is compressed with gzip)"},
		{"no serial console", strings.Replace(fit, "CONFIG_SERIAL_8250_CONSOLE=y\n", "", 1), "", 2,
			"it lacks CONFIG_SERIAL_8250_CONSOLE (the command line has console=ttyS0,115200)"},
		{"no serial console wanted", strings.Replace(fit, "CONFIG_SERIAL_8250_CONSOLE=y\n", "", 1), "console=tty0", 2, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.files = b.files[:test.files]
			if test.config != "" {
				b.files = append(b.files, b.put(t, "config-"+release, []byte(test.config)))
			}
			if test.commandLine != "" {
				b.options["command_line"] = test.commandLine
			}
			_, said, err := b.run(t.Context(), t)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q; it said:\n%s", err, test.want, said)
			}
			if unknown := strings.Contains(said, "not known, so not checked"); unknown != (test.config == "") {
				t.Errorf("it said:\n%s", said)
			}
		})
	}
}

// TestCheckBuiltin: a list of what is built in also tells that a driver is not
// there, where the configuration is not known.
func TestCheckBuiltin(t *testing.T) {
	for builtin, want := range map[string]string{
		"kernel/drivers/net/ethernet/intel/e1000/e1000.ko\n": "",
		"kernel/drivers/net/other.ko\n":                      "neither among the modules nor built into the kernel 6.12.94-0-virt, as ",
	} {
		b := newBench(t)
		b.files = append(b.files[:1], b.put(t, "modules.builtin", []byte(builtin)))
		_, said, err := b.run(t.Context(), t)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q; it said:\n%s", err, want, said)
		}
	}
}
