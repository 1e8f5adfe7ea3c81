package kernel

import "slices"

// driverOptions are the configuration's names (Kconfig) of the drivers that
// profiles name, by their modules' names (the Makefiles beside them).
func driverOptions() map[string]string {
	return map[string]string{
		"e1000": "E1000", "e1000e": "E1000E", "virtio_net": "VIRTIO_NET", "vmxnet3": "VMXNET3", "hv_netvsc": "HYPERV_NET",
		"virtio_pci": "VIRTIO_PCI", "hv_vmbus": "HYPERV", "hv_utils": "HYPERV_UTILS",
		"button": "ACPI_BUTTON", "af_packet": "PACKET", "virtio_rng": "HW_RANDOM_VIRTIO", "i6300esb": "I6300ESB_WDT",
		"ahci": "SATA_AHCI", "ata_piix": "ATA_PIIX", "virtio_blk": "VIRTIO_BLK", "virtio_scsi": "SCSI_VIRTIO",
		"vmw_pvscsi": "VMWARE_PVSCSI", "mptspi": "FUSION_SPI", "hv_storvsc": "HYPERV_STORAGE",
		"sd_mod": "BLK_DEV_SD", "sr_mod": "BLK_DEV_SR", "ext4": "EXT4_FS", "isofs": "ISO9660_FS",
		"vfat": "VFAT_FS", "nls_cp437": "NLS_CODEPAGE_437", "nls_ascii": "NLS_ASCII", "nls_iso8859_1": "NLS_ISO8859_1", "nls_utf8": "NLS_UTF8",
		"ena": "ENA_ETHERNET", "gve": "GVE", "xen_netfront": "XEN_NETDEV_FRONTEND", "pci_hyperv": "PCI_HYPERV",
		"nvme": "BLK_DEV_NVME", "xen_blkfront": "XEN_BLKDEV_FRONTEND",
		"crc32c_generic": "CRYPTO_CRC32C", "softdog": "SOFT_WATCHDOG",
	}
}

// builtIn tells whether the configuration says that a driver is in the kernel.
func (c Config) builtIn(driver string) bool { return c[driverOptions()[driver]] == "y" }

// Has tells whether the machine will have a driver: among the modules, or built
// into the kernel. What is built in may not be known: then known is false, and
// has means that the driver is among the modules.
func (k Kernel) Has(driver string) (has, known bool) {
	name := ModuleName(driver)
	has = k.Builtin[name] || k.Config.builtIn(name) ||
		slices.ContainsFunc(k.Modules, func(m Module) bool { return m.Name == name })
	_, listed := driverOptions()[name]
	return has, has || k.Builtin != nil || k.Config != nil && listed
}
