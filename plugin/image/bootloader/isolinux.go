// Package bootloader prepares what starts a kernel from a CD or a disk: for BIOS our
// own direct loader, or ISOLINUX, that of syslinux; for UEFI our own, too.
package bootloader

import (
	"bytes"
	"debug/elf"
	"fmt"

	"github.com/pkg/errors"
)

// Isolinux is the loader's three files, by the names that they have everywhere.
type Isolinux struct {
	// Bin is isolinux.bin, the El Torito boot image.
	Bin []byte
	// Ldlinux is ldlinux.c32, its core module.
	Ldlinux []byte
	// MBR is isohdpfx.bin, the code of the hybrid boot record.
	MBR []byte
}

// The names of the loader's files.
const (
	BinName     = "isolinux.bin"
	LdlinuxName = "ldlinux.c32"
	MBRName     = "isohdpfx.bin"
)

// hybridSuitable stands at offset 64 of an isolinux.bin that the hybrid boot
// record can start (syslinux: utils/isohybrid.c, check_banner).
const hybridSuitable = "\xfb\xc0\x78\x70"

// mbrCodeSize is the size of isohdpfx.bin; what follows in the boot record is
// data.
const mbrCodeSize = 432

// Check tells whether the three files are what their names say.
func (l Isolinux) Check() error {
	if len(l.Bin) < 2048 || string(l.Bin[64:68]) != hybridSuitable {
		return errors.Errorf("%s is not ISOLINUX 3.72 or newer", BinName)
	}
	module, err := elf.NewFile(bytes.NewReader(l.Ldlinux))
	if err != nil || module.Machine != elf.EM_386 {
		return errors.Errorf("%s is not a module of ISOLINUX 5 or newer for BIOS", LdlinuxName)
	}
	if len(l.MBR) != mbrCodeSize {
		return errors.Errorf("%s has %d bytes instead of %d", MBRName, len(l.MBR), mbrCodeSize)
	}
	return nil
}

// maxCommandLine is COMMAND_LINE_SIZE of x86 kernels less the closing NUL
// (kernel: arch/x86/include/asm/setup.h).
const maxCommandLine = 2047

// Config is isolinux.cfg: it starts one kernel at once, without a menu, and
// shows the loader's own messages on the serial console too. The paths are as
// in the image.
func Config(kernel, initramfs, commandLine string) ([]byte, error) {
	// ISOLINUX puts its own arguments around ours.
	if err := checkCommandLine(fmt.Sprintf("BOOT_IMAGE=%s %s initrd=%s", kernel, commandLine, initramfs)); err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `SERIAL 0 115200
DEFAULT linux
PROMPT 0
LABEL linux
  KERNEL %s
  INITRD %s
  APPEND %s
`, kernel, initramfs, commandLine), nil
}
