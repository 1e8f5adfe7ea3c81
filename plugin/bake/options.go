package bake

import (
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/guest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/initramfs"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
)

// Options say what a bake makes, and from what.
type Options struct {
	// The ISO image to write. The same bytes boot from a CD, a disk and a USB stick.
	// The name may use the variables `{{ .BuildName }}`, `{{ .Provider }}`, `{{
	// .Architecture }}` and `{{ .KernelRelease }}`. Without any output option, the
	// build writes an ISO image and the boxes: `packer_{{ .BuildName }}.iso` and
	// `packer_{{ .BuildName }}_{{ .Provider }}.box`. For every output: links are
	// followed, and an output must be a file that is neither an input nor another
	// output. The build replaces an existing file only when the new one is complete.
	OutputISO string `mapstructure:"output_iso"`
	// The Vagrant box to write, for each of `providers`. The name may use the same
	// variables as `output_iso`.
	OutputBox string `mapstructure:"output_box"`
	// The providers to make boxes for: `virtualbox`, `libvirt` and `vmware_desktop`.
	// The boxes for libvirt work with vagrant-qemu too. For several providers,
	// `output_box` must have `{{ .Provider }}` in its name. `vagrant-registry` takes
	// the box of the first provider. For `libvirt`, the machine must get its address by
	// DHCP. For arm64, VirtualBox must be 7.1 or newer. Defaults to `["virtualbox"]`.
	Providers []string `mapstructure:"providers"`

	// A virtual disk to write. It holds the same bytes as the ISO image. The name may
	// use the same variables as `output_iso`, and `{{ .Format }}`.
	OutputDisk string `mapstructure:"output_disk"`
	// The formats of the disk: `raw`; `qcow2`, for QEMU, OpenStack and Proxmox; `vmdk`
	// (monolithicSparse), from which VMware Workstation and Fusion start; `vmdk-stream`
	// (streamOptimized), which is compressed and meant for imports; `vhd`, for Azure
	// and Hyper-V, of fixed size and a multiple of 1 MiB; `vhdx`, for Hyper-V; `vdi`,
	// for VirtualBox. For several formats, `output_disk` must have `{{ .Format }}` in
	// its name. Defaults to the format of the file's extension; `.img` is `raw`.
	DiskFormat []string `mapstructure:"disk_format"`
	// An appliance (OVA) to write, for `VBoxManage import`, ESXi and vCenter. The name
	// may use the same variables as `output_iso`, and `{{ .Hypervisor }}`.
	OutputOVA string `mapstructure:"output_ova"`
	// The hypervisors that the appliance is for: `virtualbox` and, for amd64 only,
	// `vmware`. For both, `output_ova` must have `{{ .Hypervisor }}` in its name.
	// Defaults to `["virtualbox"]`.
	OVAFor []string `mapstructure:"ova_for"`
	// An image for Google Compute Engine to write: `disk.raw`, padded to a whole GiB,
	// in a `.tar.gz`. The name may use the same variables as `output_iso`.
	OutputGCE string `mapstructure:"output_gce"`
	// The network card of boxes and appliances: `virtio`, the fastest, or `e1000`, an
	// Intel 82540EM. With VMware, `virtio` means VMware's own card, `vmxnet3`. Defaults
	// to `virtio` if the machine has its driver (`virtio_net`, as a module or built
	// in), and else to `e1000`. A Vagrantfile can choose the other card if the machine
	// has its driver too.
	NetworkCard string `mapstructure:"network_card"`

	// The kernel to write, for hypervisors that boot without a boot loader: QEMU
	// (`-kernel`, `-initrd`), libvirt, Firecracker, PXE. It is a bzImage, or an arm64
	// Image. Start it with the `command_line`, for example by QEMU's `-append`.
	OutputKernel string `mapstructure:"output_kernel"`
	// The initramfs to write, for `output_kernel`.
	OutputInitramfs string `mapstructure:"output_initramfs"`

	// A catalog of the box's versions, for `vagrant box add URL`, `outdated` and
	// `update` from any web server. If the file exists, the build adds the box to it.
	// Needs `output_box` and [catalog](#catalog).
	OutputCatalog string `mapstructure:"output_catalog"`
	// What the catalog says about the box, see [Catalog](#catalog).
	Catalog Catalog `mapstructure:"catalog"`

	// The kernel: a bzImage or an arm64 Image. Or a source that has a kernel with its
	// modules: a folder with `boot` and `lib/modules`, such as the root of an Alpine
	// machine; an `.apk`; a `.deb`; or the `.zip` of a Go module, such as gokrazy's
	// kernel. It can be an `https://` URL, for an `.apk` or with `kernel_checksum`.
	// Defaults to the only kernel among the input artifact's files.
	Kernel string `mapstructure:"kernel"`
	// The checksum of `kernel`: `sha256:` and the digest of the file, or `h1:` and the
	// hash of a Go module as in `go.sum`.
	KernelChecksum string `mapstructure:"kernel_checksum"`
	// Files with the public keys (`*.rsa.pub`) to trust instead of Alpine's own, if the
	// kernel is an `.apk`.
	Keys []string `mapstructure:"keys"`
	// The kernel's build configuration, which is checked before the bake. Defaults to
	// the `config-*` file of the input artifact, or to the configuration inside the
	// kernel.
	KernelConfig string `mapstructure:"kernel_config"`
	// How the kernel is packed in its image. `original` leaves it as it came. `lz4` and
	// `stored` pack it again, and a small stub of ours replaces the kernel's own
	// unpacker. In QEMU without hardware virtualisation, a kernel that was packed with
	// xz then starts 3 s earlier. Its image is twice as large with `lz4`, and larger
	// still with `stored`. Only for amd64. The kernel's virtual address stays random
	// (KASLR), but its physical address does not, 5-level paging is not used, and the
	// kernel does not start by UEFI or kexec. Kernels of an unknown format are refused.
	// Defaults to `original`.
	KernelPayload string `mapstructure:"kernel_payload"`
	// How the initramfs is compressed: `gzip`; `lz4`, which is a sixth larger and
	// unpacks several times as fast; or `zstd`, which is a sixth smaller. For these
	// two, the kernel must be built with `CONFIG_RD_LZ4` or `CONFIG_RD_ZSTD`. Defaults
	// to `gzip`, which all kernels support.
	InitramfsCompression string `mapstructure:"initramfs_compression"`
	// The kernel modules to load: `.ko` files, plain or compressed with gzip, xz or
	// zstd. They are loaded in this order, but each after the modules that it depends
	// on. Or archives from which to take the drivers: the `modloop` of an Alpine
	// netboot, or an initramfs. Defaults to the modules among the input artifact's
	// files or, if there are none, to its archives. Drivers that are built into the
	// kernel need no modules.
	Modules []string `mapstructure:"modules"`
	// The hypervisor whose drivers to take, from a kernel that comes with its modules
	// or from archives: `virtualbox` (the default), `qemu`, `vmware`, `hyperv`, or
	// `all`. Or the cloud: `aws`, `gcp`, `azure`, or `cloud` for any.
	Profile string `mapstructure:"profile"`
	// Names of more drivers to take, besides those of the profile. Each brings the
	// modules that it depends on; drivers that are built into the kernel need none.
	Drivers []string `mapstructure:"drivers"`
	// Which drivers of disks to take, if the kernel has them. By default, the profiles
	// `qemu`, `vmware`, `hyperv`, `cloud` and `all` include the drivers of their disks
	// and CD drives, so that the machine can read a NoCloud seed disk. `true` takes
	// these in any profile, and also those of the file systems ext4, FAT and ISO 9660,
	// for a data disk. `false` takes none. A driver is loaded only if its device
	// exists.
	DiskDrivers *bool `mapstructure:"disk_drivers"`

	// The program: a static ELF file for Linux, of at most 1 GiB. If it calls
	// `machine.Run`, it becomes the init itself; otherwise the stock init runs and
	// supervises it. Without `program` and `package` the machine runs a demonstration,
	// which serves a greeting on port 80.
	Program string `mapstructure:"program"`
	// The program as a Go package, to be built with the Go toolchain in PATH: a folder,
	// or an import path in the module of the working folder. The command is
	// `CGO_ENABLED=0 go build -trimpath -ldflags="-s -w"`. Or the import path of any
	// module's program with a version, such as
	// `github.com/nats-io/nats-server/v2@v2.15.2`, which `go install` then builds in the
	// same way: of no other version of it, and of the versions of other modules that it
	// asks for.
	Package string `mapstructure:"package"`
	// More flags for `go build` or `go install`, such as `-tags=netgo` or `-ldflags=-s -w -X
	// main.version=1.2.3`. Only with `package`.
	BuildFlags []string `mapstructure:"build_flags"`
	// A container image, which provides the machine's program and files:
	// `registry/name:tag`, with docker's defaults for a missing registry or tag;
	// `name@sha256:…`; `oci:DIR` or `oci:DIR:TAG`, an OCI image layout; or
	// `docker-archive:FILE.tar`, written by `docker save`. See [Container
	// images](#container-images).
	ContainerImage string `mapstructure:"container_image"`
	// Replaces the entry point and the command of the container image, like docker's
	// `--entrypoint`.
	Entrypoint []string `mapstructure:"entrypoint"`
	// The program's arguments. With `container_image` they replace the image's command, as those of
	// `docker run` do.
	Args []string `mapstructure:"args"`
	// The program's environment variables, added to `PATH`, `HOME` and `TERM`.
	Env map[string]string `mapstructure:"env"`
	// The user that runs the program: `app`, the default, `root`, or a number. A group
	// can follow, as in `1234:100`; it defaults to the user's own. A user other than
	// root has one of root's rights: it may listen on ports below 1024. It owns the
	// data disk, or its folder. A program needs root to change the network, to open raw
	// sockets and devices, to mount, or to write to folders such as `/etc`.
	User string `mapstructure:"user"`

	// Programs that run beside the main one, see [Services](#services).
	Services []Service `mapstructure:"service"`

	// Files to put into the machine, see [Files](#files).
	Files []File `mapstructure:"file"`
	// The certificate authorities with which programs verify TLS servers: `mozilla`,
	// `none`, or `auto`, the default. `auto` means `mozilla` for a program that can use
	// them: every Go program with `net/http`, and every program not in Go. They take
	// 0.1 MB of the image. Programs find them at `/etc/ssl/certs/ca-certificates.crt`
	// and `/etc/ssl/cert.pem`.
	TrustStore string `mapstructure:"trust_store"`
	// Files with the certificates, in PEM, of more authorities to trust, besides those
	// of `trust_store`. No certificate may have expired.
	CACertificates []string `mapstructure:"ca_certificates"`
	// The time zones to include: `all` of the IANA database, `none`, or `auto`, the
	// default. `auto` means `all` for a program that can use them: a Go program that
	// calls `time.LoadLocation` and does not include the database itself, and every
	// program not in Go. They take 0.1 MB of the image.
	TimeZones string `mapstructure:"time_zones"`
	// The machine's own time zone, such as `Europe/Berlin`. Programs find it in the
	// variable `TZ` and in `/etc/localtime`. Defaults to UTC.
	TimeZone string `mapstructure:"time_zone"`

	// The machine's host name. Defaults to `scratchmachine`.
	Hostname string `mapstructure:"hostname"`
	// The cloud whose metadata service the machine asks for its host name, its SSH keys
	// and its user data before its programs start: `ec2`, `gce`, `azure`, `openstack` or
	// `digitalocean`. `auto`, the default, asks that of the cloud that the hypervisor's
	// DMI names, and nothing elsewhere. `off` asks nothing. User data that begins with
	// `#cloud-config` may have our own configuration under `machine`. See docs/clouds.
	Metadata string `mapstructure:"metadata"`
	// The machine's network, see [Network](#network). By default DHCP on every
	// interface.
	Network guest.Network `mapstructure:"network"`
	// The machine's disk, see [Data](#data).
	Data guest.Data `mapstructure:"data"`
	// Access to the machine by SSH, see [SSH](#ssh). Off by default. For this and for
	// `status_page`, a program that calls `machine.Run` must use the package
	// `init/machine/debug`; the stock init includes it when needed.
	SSH guest.SSH `mapstructure:"ssh"`
	// The TCP address of a status page, `/debug/machine`, such as `:8081`. It shows the
	// boot's timeline, the configuration and where each key came from, the network, the
	// log, and Go's profiles. Everybody who can connect to it can read it. Off by
	// default.
	StatusPage string `mapstructure:"status_page"`
	// The only interface on which `ssh` and `status_page` can be reached, or `all`.
	// Defaults to `eth0`, to which Vagrant forwards ports.
	DebugInterface string `mapstructure:"debug_interface"`
	// The machine's clock, see [Clock](#clock).
	Clock guest.Clock `mapstructure:"clock"`
	// Where the log goes besides the consoles, see [Log](#log).
	Log guest.Log `mapstructure:"log"`
	// How the machine looks after its program, see [Supervise](#supervise).
	Supervise guest.Supervise `mapstructure:"supervise"`
	// A device that resets a machine that hangs, see [Watchdog](#watchdog).
	Watchdog guest.Watchdog `mapstructure:"watchdog"`

	// The kernel command line. It replaces the default, which is `console=tty0
	// console=ttyS0,115200 quiet panic=10 cryptomgr.notests no_timer_check`, or for
	// arm64 `console=tty0 console=ttyAMA0 quiet panic=10 cryptomgr.notests`.
	CommandLine string `mapstructure:"command_line"`
	// The boot loader for BIOS: `direct`, our own small one, which reads the kernel in
	// large pieces and needs nothing else, or `isolinux`. Defaults to `direct`. With
	// UEFI firmware, which is the only one for arm64, a loader of ours starts the
	// kernel in either case. The kernel then needs an EFI stub (`CONFIG_EFI_STUB`) of
	// Linux 5.8 or newer. The loader is not signed, so Secure Boot must be off. UEFI
	// firmware needs memory itself: give such a machine 256 MiB.
	Bootloader string `mapstructure:"bootloader"`
	// The folder with ISOLINUX: `isolinux.bin`, `ldlinux.c32` and `isohdpfx.bin`. By
	// default they come from the input artifact, from where Linux distributions install
	// them, or from Debian's packages, which are downloaded once and verified. Only
	// with `bootloader = "isolinux"`.
	IsolinuxDir string `mapstructure:"isolinux_dir"`

	// The number of virtual CPUs of the box. Defaults to 1.
	CPUs int `mapstructure:"cpus"`
	// The memory of the box in MiB. Defaults to 128, and for arm64 to 256; and to more if
	// its programs and files have 32 MiB or more: by two to three times as much as they.
	Memory int `mapstructure:"memory"`
	// The ports that Vagrant forwards to the machine, see [Forwarded
	// ports](#forwarded-ports). Vagrant waits for the first of them to find out whether
	// the machine is up. Defaults to port 80 of the guest on port 8080 of the host.
	ForwardedPorts []ForwardedPort `mapstructure:"forwarded_port"`
}

// ForwardedPort is a TCP port of the guest that Vagrant makes reachable on the host's
// 127.0.0.1.
type ForwardedPort struct {
	// The port in the machine.
	Guest int `mapstructure:"guest" required:"true"`
	// The port on the host. If it is taken, Vagrant picks another and says so.
	Host int `mapstructure:"host" required:"true"`
}

func usualPorts() []ForwardedPort { return []ForwardedPort{{Guest: 80, Host: 8080}} }

// The boot loaders.
const (
	bootloaderDirect   = "direct"
	bootloaderIsolinux = "isolinux"
)

// Catalog is what a catalog says about the box.
type Catalog struct {
	// The name by which Vagrant's users know the box, such as `acme/hello`.
	Name string `mapstructure:"name" required:"true"`
	// The version of this box, such as `1.2.0`.
	Version string `mapstructure:"version" required:"true"`
	// The URL from which Vagrant will download the box. It may use the same variables
	// as `output_iso`.
	URL string `mapstructure:"url" required:"true"`
	// A description of the box for people.
	Description string `mapstructure:"description"`
}

// HasOutput reports whether any output is asked for.
func (o *Options) HasOutput() bool {
	return o.OutputISO != "" || o.OutputBox != "" || o.OutputKernel != "" || o.OutputInitramfs != "" ||
		o.OutputDisk != "" || o.OutputOVA != "" || o.OutputGCE != ""
}

// SetDefaults sets the options that are left out, and those that follow from others.
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
	if o.User == "" && o.ContainerImage == "" {
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
	if len(o.ForwardedPorts) == 0 && o.ContainerImage == "" {
		o.ForwardedPorts = usualPorts()
	}
}

// Validate returns what is wrong with the options, as far as that can be known without
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
	errs = append(errs, o.validateContainer()...)
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
	if o.Metadata != "" && !slices.Contains(config.MetadataSources(), o.Metadata) {
		fail("metadata must be one of %s: %q", strings.Join(config.MetadataSources(), ", "), o.Metadata)
	}
	if len(o.Hostname) > 63 || strings.ContainsAny(o.Hostname, " \t\n/") {
		fail("hostname must be one word of at most 63 characters: %q", o.Hostname)
	}
	if strings.ContainsAny(o.CommandLine, "\n\r") {
		fail("command_line must be one line: %q", o.CommandLine)
	}
	errs = append(errs, checkEnv(o.Env)...)
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
	for _, err := range o.Supervise.Validate() {
		errs = append(errs, errors.Wrap(err, "supervise"))
	}
	errs = append(errs, o.validateServices()...)
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

// sortedEnv returns the environment as "NAME=value", sorted, because a map's order must
// not reach the image.
func sortedEnv(variables map[string]string) []string {
	var env []string
	for name, value := range variables {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}

func checkEnv(variables map[string]string) []error {
	var errs []error
	for name, value := range variables {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(value, 0) {
			errs = append(errs, errors.Errorf("env: %q cannot be an environment variable's name and value", name+"="+value))
		}
	}
	return errs
}
