package image

import (
	"hash/crc32"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/bootloader"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/iso"
)

// Where things are on the disc.
const (
	volumeID      = "SCRATCHMACHINE"
	kernelPath    = "/boot/vmlinuz"
	initramfsPath = "/boot/initramfs.gz"
	loaderDir     = "/isolinux/"
	configName    = "isolinux.cfg"

	// loadSectors is how much of ISOLINUX the firmware loads, in units of 512
	// bytes; the rest it loads itself (syslinux: doc/isolinux.txt).
	loadSectors = 4
)

// Disc lays out the CD image that also boots as a disk. The initramfs is what
// Initramfs returned.
func (m Machine) Disc(initramfs []byte) (*iso.Layout, error) {
	loaderConfig, err := bootloader.Config(kernelPath, initramfsPath, m.CommandLine)
	if err != nil {
		return nil, err
	}
	loader := loaderDir + bootloader.BinName
	return iso.Image{
		VolumeID: volumeID,
		Files: []iso.File{
			{Path: loader, Content: m.Isolinux.Bin},
			{Path: loaderDir + bootloader.LdlinuxName, Content: m.Isolinux.Ldlinux},
			{Path: loaderDir + configName, Content: loaderConfig},
			{Path: kernelPath, Content: m.Kernel.Image},
			{Path: initramfsPath, Content: initramfs},
		},
		Boot: []iso.Boot{{Platform: iso.BIOS, Path: loader, LoadSectors: loadSectors, InfoTable: true}},
		SystemArea: func(l *iso.Layout) ([]byte, error) {
			lba, _, _ := l.Extent(loader)
			id := crc32.ChecksumIEEE(initramfs) // tells disks apart, as the random one of others does
			return m.Isolinux.HybridMBR(int64(lba)*iso.SectorSize, l.Size(), id), nil
		},
	}.Layout()
}
