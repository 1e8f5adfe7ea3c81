package kernel

import (
	"bytes"
	"debug/pe"

	"github.com/pkg/errors"
)

// loadsInitrd is a bit of the image's major version: the EFI stub takes its
// initramfs from whom it loaded it, by LINUX_EFI_INITRD_MEDIA_GUID (kernel:
// include/linux/pe.h, LINUX_EFISTUB_MAJOR_VERSION), which it does since Linux 5.8.
const loadsInitrd = 1 << 0

// dosMagic begins an application. Package pe reads objects, too, which it does not.
const dosMagic = "MZ"

// CheckEFI tells why our loader cannot start the kernel by UEFI firmware; nil if
// it can. For that the kernel must be an EFI application (CONFIG_EFI_STUB).
func (k Kernel) CheckEFI() error {
	machine := uint16(pe.IMAGE_FILE_MACHINE_AMD64)
	if k.Arch == "arm64" {
		machine = pe.IMAGE_FILE_MACHINE_ARM64
	}
	file, err := pe.NewFile(bytes.NewReader(k.Image))
	if err != nil || file.Machine != machine || !bytes.HasPrefix(k.Image, []byte(dosMagic)) {
		return errors.New("the kernel has no EFI stub (CONFIG_EFI_STUB)")
	}
	header, ok := file.OptionalHeader.(*pe.OptionalHeader64)
	if !ok || header.MajorImageVersion&loadsInitrd == 0 {
		return errors.New("the kernel's EFI stub is older than Linux 5.8")
	}
	return nil
}
