package image

import (
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/bootloader"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/esp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/iso"
)

const (
	// espPath is the EFI system partition's as a file of the disc.
	espPath = "/boot/efi.img"
	// maxEFILoad is the largest EFI boot image, in bytes, whose size a boot entry
	// can tell. A size of 1 means all to the disc's end (UEFI 2.10, 13.3.2.1).
	maxEFILoad = (1<<16 - 1) * 512
	toTheEnd   = 1
)

// addEFI makes the disc one that boots by UEFI, too: it puts an EFI system
// partition around the disc's files, the kernel and the initramfs.
func (m Machine) addEFI(disc *iso.Image, initramfs content.Content, id uint32) error {
	loader := bootloader.EFI{Arch: m.Kernel.Arch, InitramfsSize: initramfs.Size(), CommandLine: m.CommandLine}
	code, err := loader.Image()
	if err != nil {
		return err
	}
	image := content.Bytes(m.Kernel.Image)
	partition, err := esp.New(id, []esp.File{
		{Path: loader.Path(), Content: content.Bytes(code)},
		{Path: bootloader.EFIKernelPath, Content: image},
		{Path: bootloader.EFIInitramfsPath, Content: initramfs},
	})
	if err != nil {
		return err
	}
	disc.Files = []iso.File{
		{Path: espPath, Content: partition},
		{Path: kernelPath, Content: image, Within: espPath, Offset: partition.Offset(bootloader.EFIKernelPath)},
		{Path: m.initramfsPath(), Content: initramfs, Within: espPath, Offset: partition.Offset(bootloader.EFIInitramfsPath)},
	}
	boot := iso.Boot{Platform: iso.EFI, Path: espPath}
	if partition.Size() > maxEFILoad {
		boot.LoadSectors = toTheEnd
	}
	disc.Boot = []iso.Boot{boot}
	return nil
}

// efiDisc is one for a machine without a BIOS.
func efiDisc(disc iso.Image, id uint32) (*iso.Layout, error) {
	disc.SystemArea = func(l *iso.Layout) ([]byte, error) { return asDisk(l, id).Record(), nil }
	return disc.Layout()
}
