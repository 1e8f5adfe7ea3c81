package bake

import (
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/guest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/initramfs"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
)

// Options say what a bake makes, and of what.
type Options struct {
	// The ISO image to write. It boots from a CD and, as the same bytes, from
	// a disk or a USB stick. `{{ .BuildName }}`, `{{ .Provider }}`,
	// `{{ .Architecture }}` and `{{ .KernelRelease }}` stand for what they say.
	// If no output is asked for, an ISO image and the boxes are written:
	// `packer_{{ .BuildName }}.iso` and `packer_{{ .BuildName }}_{{ .Provider }}.box`.
	// For every output: a link is followed, and what is no file, or is an input or
	// another output, is refused. An output is there once it is complete, until then
	// what was there before.
	OutputISO string `mapstructure:"output_iso"`
	// The Vagrant box to write, for each of `providers`. The same
	// variables as in `output_iso` can be used.
	OutputBox string `mapstructure:"output_box"`
	// The providers that a box is made for: `virtualbox`, `libvirt`, whose boxes
	// vagrant-qemu takes as well, and `vmware_desktop`. If there are several,
	// `output_box` must have `{{ .Provider }}` in its name. The first is the one
	// whose box `vagrant-registry` takes. With `libvirt` the machine asks for its
	// address by DHCP. For arm64, VirtualBox must be 7.1 or newer. Defaults to
	// `["virtualbox"]`.
	Providers []string `mapstructure:"providers"`

	// A virtual disk to write, which holds the same bytes as the ISO image. The same
	// variables as in `output_iso` can be used, and `{{ .Format }}`.
	OutputDisk string `mapstructure:"output_disk"`
	// The formats of the disk: `raw`; `qcow2`, for QEMU, OpenStack, Proxmox;
	// `vmdk` (monolithicSparse), from which VMware Workstation and Fusion start, or
	// `vmdk-stream` (streamOptimized), compressed, to be imported; `vhd`, of fixed
	// size and a multiple of 1 MiB, for Azure and Hyper-V; `vhdx`, for Hyper-V; `vdi`,
	// for VirtualBox. If there are several, `output_disk` must have `{{ .Format }}` in
	// its name. Defaults to that of the name's ending; `.img` is `raw`.
	DiskFormat []string `mapstructure:"disk_format"`
	// An appliance to write, an OVA, for `VBoxManage import`, ESXi and vCenter. The
	// same variables as in `output_iso` can be used, and `{{ .Hypervisor }}`.
	OutputOVA string `mapstructure:"output_ova"`
	// The hypervisors that the appliance is for: `virtualbox` and, for amd64 only,
	// `vmware`. If there are both, `output_ova` must have `{{ .Hypervisor }}` in its
	// name. Defaults to `["virtualbox"]`.
	OVAFor []string `mapstructure:"ova_for"`
	// An image for Google Compute Engine to write: `disk.raw`, filled up to a full
	// GiB, in a `.tar.gz`. The same variables as in `output_iso` can be used.
	OutputGCE string `mapstructure:"output_gce"`
	// The network card of boxes and appliances: `virtio`, the fastest, or `e1000`, an
	// Intel 82540EM. In VMware `virtio` stands for VMware's own, `vmxnet3`. Defaults to
	// `virtio` if the machine has its driver (`virtio_net`, as a module or built in), else
	// `e1000`. A Vagrantfile can choose the other, if the machine has that driver, too.
	NetworkCard string `mapstructure:"network_card"`

	// The kernel and the initramfs to write, for what boots a machine without a
	// boot loader: QEMU (`-kernel`, `-initrd`), libvirt, Firecracker, PXE. The
	// kernel is a bzImage, or an arm64 Image. It is to be given the
	// `command_line`, as `-append` does.
	OutputKernel    string `mapstructure:"output_kernel"`
	OutputInitramfs string `mapstructure:"output_initramfs"`

	// A catalog of the box's versions, for `vagrant box add URL`, `outdated` and
	// `update` from any web server. If the file is there, the box is added to it.
	// Needs `output_box` and [catalog](#catalog).
	OutputCatalog string `mapstructure:"output_catalog"`
	// What the catalog says of the box, see [Catalog](#catalog).
	Catalog Catalog `mapstructure:"catalog"`

	// The kernel, a bzImage or an arm64 Image; or what has one with its modules in it: a folder
	// with `boot` and `lib/modules`, as the root of an Alpine machine is, an
	// `.apk`, a `.deb`, or the `.zip` of a Go module, such as gokrazy's kernel.
	// It can be an `https://` URL, if it is an `.apk` or `kernel_checksum` is given.
	// By default the one kernel among the input artifact's files.
	Kernel string `mapstructure:"kernel"`
	// What `kernel` must be: `sha256:` and the digest of the file, or `h1:` and
	// what `go.sum` says of a Go module.
	KernelChecksum string `mapstructure:"kernel_checksum"`
	// Files with the public keys (`*.rsa.pub`) to trust in place of Alpine's
	// own, where the kernel is an `.apk`.
	Keys []string `mapstructure:"keys"`
	// The kernel's build configuration, by which it is checked before the bake.
	// By default the `config-*` file of the input artifact, or what the kernel
	// carries in itself.
	KernelConfig string `mapstructure:"kernel_config"`
	// How the kernel is packed in its image: `original`, as it came, or `lz4` or
	// `stored`, for which it is packed anew, with a small stub of ours in place of
	// the kernel's own unpacker. A kernel that is packed with xz starts in QEMU
	// without hardware virtualisation 3 s earlier; its image is twice as large with
	// `lz4`, and larger still with `stored`. Only for amd64. The kernel's virtual
	// address is random as before (KASLR); its physical address no longer is, 5-level
	// paging is not switched on, and it does not start by UEFI or kexec. A kernel whose
	// form is not known is refused. Defaults to `original`.
	KernelPayload string `mapstructure:"kernel_payload"`
	// How the initramfs is compressed: `gzip`, or `lz4`, which is a sixth larger and
	// unpacks several times as fast, or `zstd`, which is a sixth smaller. The kernel
	// must have been built with `CONFIG_RD_LZ4` or `CONFIG_RD_ZSTD`. Defaults to `gzip`,
	// which all kernels have.
	InitramfsCompression string `mapstructure:"initramfs_compression"`
	// The kernel modules to load: `.ko` files, plain or compressed with gzip,
	// xz or zstd. They are loaded in this order, each after those that it
	// depends on. Or archives to take the drivers from: the `modloop` of an
	// Alpine netboot, or an initramfs. By default the modules among the input
	// artifact's files, or, if it has none, its archives.
	// None are needed where the drivers are built into the kernel.
	Modules []string `mapstructure:"modules"`
	// The hypervisor whose drivers to take from a kernel with modules in it, or
	// from archives: `virtualbox` (the default), `qemu`, `vmware`, `hyperv`, or `all`;
	// or the cloud: `aws`, `gcp`, `azure`, or `cloud` for any.
	Profile string `mapstructure:"profile"`
	// Names of drivers to take besides those of the profile. Each brings the
	// modules that it depends on; what is built into the kernel needs none.
	Drivers []string `mapstructure:"drivers"`
	// Takes the drivers of the profile's disks and CD drives too, where the
	// kernel has them, and those of the file systems ext4 and ISO 9660.
	DiskDrivers bool `mapstructure:"disk_drivers"`

	// The program, a static ELF file for Linux, of at most 1 GiB. If it calls `machine.Run` it
	// becomes the init itself; otherwise the stock init runs and supervises it.
	// Without `program` and `package` the machine runs a demonstration, which
	// serves a greeting on port 80.
	Program string `mapstructure:"program"`
	// The program as a Go package, to be built with the Go toolchain in PATH:
	// a folder, or an import path in the module of the working folder. It is
	// built with `CGO_ENABLED=0 go build -trimpath -ldflags="-s -w"`.
	Package string `mapstructure:"package"`
	// Further flags for `go build`, such as `-tags=netgo` or
	// `-ldflags=-s -w -X main.version=1.2.3`. Only with `package`.
	BuildFlags []string `mapstructure:"build_flags"`
	// The program's arguments.
	Args []string `mapstructure:"args"`
	// The program's environment variables, added to `PATH`, `HOME` and `TERM`.
	Env map[string]string `mapstructure:"env"`
	// The user that the program runs as: `app`, the default, `root`, or a number; and
	// the group, as in `1234:100`, which is the user's own by default. A user other than root has one
	// right of root's: to listen on ports below 1024. The data disk, or its folder, is that user's.
	// A program needs root to change the network, to open raw sockets and devices, to mount, or to write
	// to folders such as `/etc`.
	User string `mapstructure:"user"`

	// Files to put into the machine, see [Files](#files).
	Files []File `mapstructure:"file"`
	// The certificate authorities by which programs check whom they reach by TLS:
	// `mozilla`, `none`, or `auto`, the default, which is `mozilla` for a program that
	// can ask for them, as every Go program with `net/http` and every program not
	// in Go can. They take 0.1 MB of the image. Programs find them at
	// `/etc/ssl/certs/ca-certificates.crt` and `/etc/ssl/cert.pem`.
	TrustStore string `mapstructure:"trust_store"`
	// Files of certificates, in PEM, of authorities to trust besides those of
	// `trust_store`. None of them may have expired.
	CACertificates []string `mapstructure:"ca_certificates"`
	// The time zones that there are: `all` of the IANA database, `none`, or `auto`, the
	// default, which is `all` for a program that can ask for them: a Go program that
	// calls `time.LoadLocation` and brings none with it, and every program not in Go.
	// They take 0.1 MB of the image.
	TimeZones string `mapstructure:"time_zones"`
	// The machine's own time zone, such as `Europe/Berlin`, which programs find in the variable `TZ` and
	// in `/etc/localtime`. Defaults to UTC.
	TimeZone string `mapstructure:"time_zone"`

	// The machine's host name. Defaults to `scratchmachine`.
	Hostname string `mapstructure:"hostname"`
	// The machine's network, see [Network](#network). By default DHCP on every
	// interface.
	Network guest.Network `mapstructure:"network"`
	// The machine's disk, see [Data](#data).
	Data guest.Data `mapstructure:"data"`
	// A way into the machine by SSH, see [SSH](#ssh). There is none by default. A
	// program that calls `machine.Run` must have the package `init/machine/debug`
	// for this and for `status_page`; the stock init has it then.
	SSH guest.SSH `mapstructure:"ssh"`
	// The TCP address of a status page, `/debug/machine`, such as `:8081`: the
	// boot's timeline, the configuration and where each key came from, the
	// network, the log, Go's profiles. Whoever reaches it can read it. There is
	// none by default.
	StatusPage string `mapstructure:"status_page"`
	// The one interface by which `ssh` and `status_page` can be reached, or `all`.
	// Defaults to `eth0`, which is the one that Vagrant forwards ports to.
	DebugInterface string `mapstructure:"debug_interface"`
	// The machine's clock, see [Clock](#clock).
	Clock guest.Clock `mapstructure:"clock"`
	// Where the log goes besides the consoles, see [Log](#log).
	Log guest.Log `mapstructure:"log"`
	// How the machine looks after its program, see [Supervise](#supervise).
	Supervise guest.Supervise `mapstructure:"supervise"`
	// A device that resets a machine that hangs, see [Watchdog](#watchdog).
	Watchdog guest.Watchdog `mapstructure:"watchdog"`

	// The kernel command line. Replaces the default, which is
	// `console=tty0 console=ttyS0,115200 quiet panic=10 cryptomgr.notests no_timer_check`,
	// or for arm64 `console=tty0 console=ttyAMA0 quiet panic=10 cryptomgr.notests`.
	CommandLine string `mapstructure:"command_line"`
	// What starts the kernel by BIOS: `direct`, our own small loader, which reads it
	// in large pieces and needs nothing else, or `isolinux`. Defaults to `direct`.
	// UEFI firmware, the only one that arm64 has, starts it by a loader of ours either
	// way, if the kernel has an EFI stub (`CONFIG_EFI_STUB`) of Linux 5.8 or newer; for
	// Secure Boot the loader is not signed. Firmware needs memory of its own: give such
	// a machine 256 MiB.
	Bootloader string `mapstructure:"bootloader"`
	// The folder with ISOLINUX: `isolinux.bin`, `ldlinux.c32` and
	// `isohdpfx.bin`. By default they are taken from the input artifact, from
	// where Linux distributions install them, or from Debian's packages, which
	// are downloaded once and checked. Only with `bootloader = "isolinux"`.
	IsolinuxDir string `mapstructure:"isolinux_dir"`

	// The number of virtual CPUs of the box. Defaults to 1.
	CPUs int `mapstructure:"cpus"`
	// The memory of the box in MiB. Defaults to 128, for arm64 to 256.
	Memory int `mapstructure:"memory"`
	// The ports that Vagrant forwards to the machine, see
	// [Forwarded ports](#forwarded-ports). The first is the one that Vagrant
	// waits for. Defaults to the guest's port 80 on the host's port 8080.
	ForwardedPorts []ForwardedPort `mapstructure:"forwarded_port"`
}

// ForwardedPort is one TCP port of the guest that Vagrant makes reachable on
// the host's 127.0.0.1.
type ForwardedPort struct {
	// The port in the machine.
	Guest int `mapstructure:"guest" required:"true"`
	// The port on the host. If it is taken, Vagrant picks another and says so.
	Host int `mapstructure:"host" required:"true"`
}

// The boot loaders.
const (
	bootloaderDirect   = "direct"
	bootloaderIsolinux = "isolinux"
)

// Catalog is what a catalog says of the box.
type Catalog struct {
	// The name that Vagrant's users know the box by, as in `acme/hello`.
	Name string `mapstructure:"name" required:"true"`
	// The version of this box, as in `1.2.0`.
	Version string `mapstructure:"version" required:"true"`
	// The URL from where the box will be downloaded. The same variables as in
	// `output_iso` can be used.
	URL string `mapstructure:"url" required:"true"`
	// What the box is, for people.
	Description string `mapstructure:"description"`
}

// HasOutput tells whether anything is to be written.
func (o *Options) HasOutput() bool {
	return o.OutputISO != "" || o.OutputBox != "" || o.OutputKernel != "" || o.OutputInitramfs != "" ||
		o.OutputDisk != "" || o.OutputOVA != "" || o.OutputGCE != ""
}

// SetDefaults sets what is left out, and what follows from what is not.
func (o *Options) SetDefaults() {
	o.setProviders()
	o.setProducts()
	o.prepareDebug()
	if o.Bootloader == "" {
		o.Bootloader = bootloaderDirect
	}
	if o.KernelPayload == "" {
		o.KernelPayload = payloadOriginal
	}
	if o.InitramfsCompression == "" {
		o.InitramfsCompression = initramfs.Gzip.String()
	}
	if o.User == "" {
		o.User = accounts.ProgramUser
	}
	if o.TrustStore == "" {
		o.TrustStore = ifNeeded
	}
	if o.TimeZones == "" {
		o.TimeZones = ifNeeded
	}
	if o.Profile == "" {
		o.Profile = "virtualbox"
	}
	if o.CPUs == 0 {
		o.CPUs = image.DefaultCPUs
	}
	if len(o.ForwardedPorts) == 0 {
		o.ForwardedPorts = []ForwardedPort{{Guest: 80, Host: 8080}}
	}
}

// Validate says what is wrong with the options, as far as that can be told without
// the files that they name.
func (o *Options) Validate() []error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, errors.Errorf(format, args...)) }

	if o.Program != "" && o.Package != "" {
		fail("program and package are both given: give one")
	}
	if len(o.BuildFlags) > 0 && o.Package == "" {
		fail("build_flags needs package: nothing else is built")
	}
	errs = append(errs, o.validateBoxes()...)
	errs = append(errs, o.validateProducts()...)
	errs = append(errs, o.validateCatalog()...)
	if o.OutputISO != "" && o.OutputISO == o.OutputBox {
		fail("output_iso and output_box are the same file: %q", o.OutputISO)
	}
	if o.Bootloader != bootloaderDirect && o.Bootloader != bootloaderIsolinux {
		fail("bootloader must be direct or isolinux, not %q", o.Bootloader)
	}
	if o.IsolinuxDir != "" && o.Bootloader != bootloaderIsolinux {
		fail("isolinux_dir needs bootloader = %q", bootloaderIsolinux)
	}
	if o.CPUs < 1 || o.CPUs > 64 {
		fail("cpus must be from 1 to 64, not %d", o.CPUs)
	}
	if o.Memory != 0 && o.Memory < 64 {
		fail("memory must be at least 64 (MiB), not %d", o.Memory)
	}
	if len(o.Hostname) > 63 || strings.ContainsAny(o.Hostname, " \t\n/") {
		fail("hostname must be one word of at most 63 characters: %q", o.Hostname)
	}
	if strings.ContainsAny(o.CommandLine, "\n\r") {
		fail("command_line must be one line: %q", o.CommandLine)
	}
	for name, value := range o.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(value, 0) {
			fail("env: %q cannot be an environment variable's name and value", name+"="+value)
		}
	}
	errs = append(errs, o.validateKernel()...)
	errs = append(errs, o.validatePayload()...)
	errs = append(errs, o.validateCompression()...)
	errs = append(errs, o.validateFiles()...)
	errs = append(errs, o.validateTrust()...)
	errs = append(errs, o.validateZones()...)
	errs = append(errs, o.Network.Validate()...)
	errs = append(errs, o.Data.Validate()...)
	errs = append(errs, o.validateDebug()...)
	errs = append(errs, o.Log.Validate()...)
	errs = append(errs, o.Supervise.Validate()...)
	errs = append(errs, o.Watchdog.Validate()...)
	return append(errs, o.validatePorts()...)
}

func (o *Options) validateCatalog() []error {
	switch {
	case o.OutputCatalog == "" && o.Catalog == Catalog{}:
		return nil
	case o.OutputCatalog == "":
		return []error{errors.New("catalog needs output_catalog, the file to write")}
	case o.OutputBox == "":
		return []error{errors.New("output_catalog needs output_box: a catalog lists boxes")}
	}
	if err := o.catalogBox("", "", o.Catalog.URL, "").Check(); err != nil {
		return []error{err}
	}
	return nil
}

func (o *Options) validatePorts() []error {
	var errs []error
	for _, p := range o.ForwardedPorts {
		if !isPort(p.Guest) || !isPort(p.Host) {
			errs = append(errs, errors.Errorf("forwarded_port: guest and host must be from 1 to 65535, not %d and %d", p.Guest, p.Host))
		}
	}
	return errs
}

func isPort(n int) bool { return n >= 1 && n <= 65535 }

// sortedEnv returns the environment as "NAME=value", sorted, since a map's
// order must not reach the image.
func (o *Options) sortedEnv() []string {
	var env []string
	for name, value := range o.Env {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}
