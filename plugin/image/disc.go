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
	directPath    = "/boot/loader.bin"
	isolinuxDir   = "/isolinux/"
	isolinuxName  = "isolinux.cfg"

	// isolinuxLoad is how much of ISOLINUX the firmware loads, in units of 512
	// bytes; the rest it loads itself (syslinux: doc/isolinux.txt).
	isolinuxLoad = 4
)

// Disc lays out the CD image that also boots as a disk. The initramfs is what
// Initramfs returned.
func (m Machine) Disc(initramfs []byte) (*iso.Layout, error) {
	payload := []iso.File{
		{Path: kernelPath, Content: m.Kernel.Image},
		{Path: initramfsPath, Content: initramfs},
	}
	id := crc32.ChecksumIEEE(initramfs) // tells disks apart, as the random one of others does
	if m.Isolinux != nil {
		return m.isolinuxDisc(payload, id)
	}
	return m.directDisc(payload, id)
}

// directDisc is one with our own loader, at its start and as its boot image.
func (m Machine) directDisc(payload []iso.File, id uint32) (*iso.Layout, error) {
	render := func(l *iso.Layout) ([]byte, error) {
		d := bootloader.Direct{Kernel: extent(l, kernelPath), Initramfs: extent(l, initramfsPath), CommandLine: m.CommandLine}
		return d.Image(l.Size(), id)
	}
	loader := iso.File{Path: directPath, Content: make([]byte, bootloader.DirectSize), Render: render}
	return iso.Image{
		VolumeID:   volumeID,
		Files:      append([]iso.File{loader}, payload...),
		Boot:       []iso.Boot{{Platform: iso.BIOS, Path: directPath}},
		SystemArea: render,
	}.Layout()
}

func extent(l *iso.Layout, path string) bootloader.Extent {
	sector, size, _ := l.Extent(path)
	return bootloader.Extent{Sector: sector, Size: uint32(size)}
}

// isolinuxDisc is one with ISOLINUX.
func (m Machine) isolinuxDisc(payload []iso.File, id uint32) (*iso.Layout, error) {
	config, err := bootloader.Config(kernelPath, initramfsPath, m.CommandLine)
	if err != nil {
		return nil, err
	}
	loader := isolinuxDir + bootloader.BinName
	return iso.Image{
		VolumeID: volumeID,
		Files: append([]iso.File{
			{Path: loader, Content: m.Isolinux.Bin},
			{Path: isolinuxDir + bootloader.LdlinuxName, Content: m.Isolinux.Ldlinux},
			{Path: isolinuxDir + isolinuxName, Content: config},
		}, payload...),
		Boot: []iso.Boot{{Platform: iso.BIOS, Path: loader, LoadSectors: isolinuxLoad, InfoTable: true}},
		SystemArea: func(l *iso.Layout) ([]byte, error) {
			lba, _, _ := l.Extent(loader)
			return m.Isolinux.HybridMBR(int64(lba)*iso.SectorSize, l.Size(), id), nil
		},
	}.Layout()
}
