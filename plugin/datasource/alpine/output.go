package alpine

// Output is what the data source returns.
type Output struct {
	// The paths of all files: the kernel, its configuration, the modules, and ISOLINUX.
	// Use them with artifice; `packer validate` then needs `-evaluate-datasources`.
	Files []string `mapstructure:"files"`
	// The path of the kernel. A kernel that was packed for UEFI is unpacked.
	Kernel string `mapstructure:"kernel"`
	// The path of the kernel's build configuration, or empty if the package has none.
	KernelConfig string `mapstructure:"kernel_config"`
	// The paths of the modules, decompressed, in the order to load them.
	Modules []string `mapstructure:"modules"`
	// The folder that holds ISOLINUX, or empty for aarch64, which has none.
	IsolinuxDir string `mapstructure:"isolinux_dir"`
	// The kernel's release, as `uname -r` shows it: `6.18.54-0-virt`.
	Release string `mapstructure:"release"`
	// The version of the kernel's package: `6.18.54-r0`.
	Version string `mapstructure:"version"`
	// The SHA-256 of each file, by its name.
	SHA256 map[string]string `mapstructure:"sha256"`
	// The packages from which the files come, and the SHA-256 of each, by a name such
	// as `linux-virt-6.18.54-r0`.
	Packages map[string]string `mapstructure:"packages"`
}
