package image

import (
	"context"
	"hash/crc32"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/bootloader"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/iso"
)

// Where things are on the disc.
const (
	volumeID      = "SCRATCHMACHINE"
	kernelPath    = "/boot/vmlinuz"
	initramfsBase = "/boot/initramfs." // and the extension
	directPath    = "/boot/loader.bin"
	isolinuxDir   = "/isolinux/"
	isolinuxName  = "isolinux.cfg"
	// isolinuxLoad is how much of ISOLINUX the firmware loads, in units of 512
	// bytes; the rest it loads itself (syslinux: doc/isolinux.txt).
	isolinuxLoad = 4
)

// initramfsPath is where the initramfs is on the disc.
func (m Machine) initramfsPath() string { return initramfsBase + m.Compression.Extension() }

// Disc lays out the CD image that also boots as a disk, by BIOS and, if the kernel
// can, by UEFI; for arm64, which has no BIOS, it must. The initramfs is what
// WriteInitramfs wrote; the disc reads from it.
func (m Machine) Disc(ctx context.Context, initramfs content.Content) (*iso.Layout, error) {
	checksum := crc32.NewIEEE()
	if err := content.Copy(ctx, checksum, initramfs); err != nil {
		return nil, errors.Wrap(err, "making a disc: reading the initramfs")
	}
	id := checksum.Sum32() // tells disks apart, as the random one of others does
	disc := iso.Image{VolumeID: volumeID, Files: []iso.File{
		{Path: kernelPath, Content: content.Bytes(m.Kernel.Image)},
		{Path: m.initramfsPath(), Content: initramfs},
	}}
	unfit := m.Kernel.CheckEFI()
	if unfit == nil {
		if err := m.addEFI(&disc, initramfs, id); err != nil {
			return nil, err
		}
	}
	if m.Kernel.Arch != "amd64" {
		if unfit != nil {
			return nil, errors.Wrap(unfit, "making a disc")
		}
		return efiDisc(disc, id)
	}
	if m.Isolinux != nil {
		return m.isolinuxDisc(disc, id)
	}
	return m.directDisc(disc, id)
}

// directDisc is one with our own loader, at its start and as its boot image.
func (m Machine) directDisc(disc iso.Image, id uint32) (*iso.Layout, error) {
	render := func(l *iso.Layout) ([]byte, error) {
		d := bootloader.Direct{Kernel: extent(l, kernelPath), Initramfs: extent(l, m.initramfsPath()), CommandLine: m.CommandLine}
		return d.Image(asDisk(l, id))
	}
	loader := iso.File{Path: directPath, Content: content.Zeros(bootloader.DirectSize), Render: render}
	disc.Files = append([]iso.File{loader}, disc.Files...)
	disc.Boot = append([]iso.Boot{{Platform: iso.BIOS, Path: directPath}}, disc.Boot...)
	disc.SystemArea = render
	return disc.Layout()
}

// asDisk is the disc as a disk.
func asDisk(l *iso.Layout, id uint32) bootloader.Disk {
	return bootloader.Disk{Size: l.Size(), ID: id, ESP: extent(l, espPath)}
}

// extent is where a file is, of no size if there is none.
func extent(l *iso.Layout, path string) bootloader.Extent {
	sector, size, _ := l.Extent(path)
	return bootloader.Extent{Sector: sector, Size: uint32(size)}
}

// isolinuxDisc is one with ISOLINUX.
func (m Machine) isolinuxDisc(disc iso.Image, id uint32) (*iso.Layout, error) {
	config, err := bootloader.Config(kernelPath, m.initramfsPath(), m.CommandLine)
	if err != nil {
		return nil, err
	}
	loader := isolinuxDir + bootloader.BinName
	disc.Files = append([]iso.File{
		{Path: loader, Content: content.Bytes(m.Isolinux.Bin)},
		{Path: isolinuxDir + bootloader.LdlinuxName, Content: content.Bytes(m.Isolinux.Ldlinux)},
		{Path: isolinuxDir + isolinuxName, Content: content.Bytes(config)},
	}, disc.Files...)
	bios := iso.Boot{Platform: iso.BIOS, Path: loader, LoadSectors: isolinuxLoad, InfoTable: true}
	disc.Boot = append([]iso.Boot{bios}, disc.Boot...)
	disc.SystemArea = func(l *iso.Layout) ([]byte, error) {
		lba, _, _ := l.Extent(loader)
		return m.Isolinux.HybridMBR(int64(lba)*iso.SectorSize, asDisk(l, id)), nil
	}
	return disc.Layout()
}
