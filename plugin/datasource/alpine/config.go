//go:generate go tool packer-sdc mapstructure-to-hcl2 -type Config,Output

package alpine

import (
	"github.com/hashicorp/packer-plugin-sdk/common"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/hashicorp/packer-plugin-sdk/template/config"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
)

// Config is the data source's options.
type Config struct {
	common.PackerConfig `mapstructure:",squash"`

	// The branch of Alpine Linux, such as `latest-stable`, `v3.24` or `edge`.
	// Defaults to `latest-stable`.
	Branch string `mapstructure:"branch"`
	// The kernel: `virt` for virtual machines, or `lts` for all hardware. Defaults to
	// `virt`.
	Flavor string `mapstructure:"flavor"`
	// The architecture under Alpine's name: `x86_64` or `aarch64`. Defaults to
	// `x86_64`.
	Arch string `mapstructure:"arch"`
	// The version of the kernel's package, such as `6.18.54-r0`. Defaults to the newest
	// of the branch. Mirrors keep only the newest version; older ones are found only in
	// the cache or on your own mirror.
	Version string `mapstructure:"version"`
	// The URL of the folder that holds the branches, `https://` or `file://`. Defaults
	// to `https://dl-cdn.alpinelinux.org/alpine`. You need not trust the mirror: only
	// files that Alpine has signed are used.
	Mirror string `mapstructure:"mirror"`
	// Files with the public keys (`*.rsa.pub`) to trust instead of Alpine's own, for a
	// mirror with your own packages.
	Keys []string `mapstructure:"keys"`
	// The hypervisor whose drivers to get: `virtualbox` (the default), `qemu`,
	// `vmware`, `hyperv`, or `all`. Or the cloud: `aws`, `gcp`, `azure`, or `cloud` for
	// any.
	Profile string `mapstructure:"profile"`
	// Names of more drivers to get, besides those of the profile, such as
	// `vmw_vsock_virtio_transport`. Each brings the modules that it depends on; drivers
	// that are built into the kernel need none.
	Modules []string `mapstructure:"modules"`
	// Which drivers of disks to get, if the kernel has them. By default, the profiles
	// `qemu`, `vmware`, `hyperv`, `cloud` and `all` include the drivers of their disks
	// and CD drives, so that the machine can read a NoCloud seed disk. `true` gets
	// these in any profile, and also those of the file systems ext4, FAT and ISO 9660,
	// for a data disk. `false` gets none. A driver is loaded only if its device exists.
	DiskDrivers *bool `mapstructure:"disk_drivers"`
	// The folder for downloads, and for the files that this data source returns.
	// Defaults to `scratchmachine` in the user's cache folder. Several builds may share
	// it.
	CacheDir string `mapstructure:"cache_dir"`
	// Uses only the cache, never the network.
	Offline bool `mapstructure:"offline"`
}

// withLoader is the only architecture for which Alpine has ISOLINUX.
const withLoader = "x86_64"

const defaultMirror = "https://dl-cdn.alpinelinux.org/alpine"

// decode reads the options and checks what can be checked without files.
func (c *Config) decode(raws ...any) error {
	*c = Config{}
	if err := config.Decode(c, &config.DecodeOpts{PluginType: "scratchmachine-alpine"}, raws...); err != nil {
		return err
	}
	for _, option := range []struct {
		value *string
		usual string
	}{
		{&c.Branch, "latest-stable"}, {&c.Flavor, "virt"}, {&c.Arch, withLoader},
		{&c.Mirror, defaultMirror}, {&c.Profile, "virtualbox"},
	} {
		if *option.value == "" {
			*option.value = option.usual
		}
	}
	var all *packersdk.MultiError
	for _, err := range c.validate() {
		all = packersdk.MultiErrorAppend(all, err)
	}
	if all != nil && len(all.Errors) > 0 {
		return all
	}
	return nil
}

func (c *Config) validate() []error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, errors.Errorf(format, args...)) }
	if c.Flavor != "virt" && c.Flavor != "lts" {
		fail("flavor must be virt or lts, not %q", c.Flavor)
	}
	if c.Arch != withLoader && c.Arch != "aarch64" {
		fail("arch must be x86_64 or aarch64, not %q", c.Arch)
	}
	if _, err := kernel.Profile(c.Profile); err != nil {
		errs = append(errs, errors.Wrap(err, "profile"))
	}
	if err := apk.CheckKeyFiles(c.Keys); err != nil {
		errs = append(errs, errors.Wrap(err, "keys"))
	}
	return errs
}

// drivers returns the drivers of the profile and the user's own.
func (c *Config) drivers() (kernel.Drivers, error) {
	d, err := kernel.Profile(c.Profile)
	d.Required = append(d.Required, c.Modules...)
	return d.With(kernel.DisksFor(c.DiskDrivers)), err
}
