// Package machine turns a Go program into a whole machine: it is the only process,
// besides the kernel, that runs in it.
//
//	func main() { machine.Run(serve) }
//
//	func serve(ctx context.Context) error { ... }
//
// Elsewhere, on a laptop or in a container, the same program is an ordinary program:
// see [Run].
//
// # How a machine starts
//
// The kernel runs the program as its init, process 1 (PID 1). That process brings the
// machine up, stage by stage: file systems, consoles, the baked configuration, kernel
// modules, the network. Then it runs the same executable again as its child, and
// there Run calls the function. So whatever ends the program, such as a panic or the
// kernel's out-of-memory killer, ends only the child. PID 1 also never takes the exit
// status of a process that the program has started itself. The stock init runs a
// program that does not use this package in the same way: see [WithProgram]. PID 1
// can run tasks of its own beside the program: see [WithService].
//
// The configuration can have more programs: see config.Service. PID 1 starts, checks
// and stops them in an order, whether the program is the init itself or not. The
// program that Run was given has the name config.Main. In a template they are the
// service blocks. Each one is a process with its own user, rights and log. The
// program needs no code for them.
//
// # What a machine is told
//
// A machine's configuration has the type config.Config of the package init/config. It
// is put together from layers. Later layers replace earlier ones, key by key:
//
//  1. The configuration baked into the initramfs. Only this layer can say which
//     modules to load.
//  2. The kernel's command line: machine.hostname=web. Quotes keep a value with
//     spaces together, as usual on the command line: machine.program.args="a b". The
//     kernel's own ip= also configures the network: ip=dhcp, or
//     ip=10.0.2.15::10.0.2.2:255.255.255.0:web:eth0:off:10.0.2.3.
//  3. SMBIOS OEM strings (type 11), which most hypervisors can set for one
//     machine: machine.hostname=web, or machine:{"hostname":"web"}.
//  4. QEMU's firmware configuration, if the kernel has qemu_fw_cfg: -fw_cfg
//     name=opt/machine.hostname,string=web, or a JSON object as opt/machine.
//  5. A NoCloud seed disk: ISO 9660 or FAT with the label cidata. The machine needs
//     the driver of the disk, which the profiles of hypervisors that use seeds
//     include, but not the driver of the file system. It looks for the disk once,
//     after the modules are loaded, and does not wait for one.
//
// A key is a path with dots, such as program.env. It holds the name of a service
// after services, as in services.web.args, and numbers for the elements of a list of
// objects. A list replaces the whole list of the layer below. In a layer of texts,
// the first value for a list starts a new list, and further values are added to it. A
// JSON array is the whole list, and an empty value is an empty list. The value true
// may be left out. In JSON, an object changes only the keys that it has.
//
// A seed disk may use these parts of cloud-init. In user-data, which begins with
// #cloud-config: hostname, ssh_authorized_keys, and, below the key machine,
// everything in the package init/config. In meta-data: local-hostname (or hostname)
// and public-keys. In network-config of version 2: ethernets with match, dhcp4,
// dhcp6, accept-ra, addresses, gateway4, gateway6, routes, nameservers and mtu. In
// version 1: physical interfaces with their subnets, and name servers. These files
// are YAML. A program built with the tag scratchmachine_noyaml reads only JSON, which
// is a part of YAML, and is 0.5 MB smaller (0.2 MB in the image).
// #cloud-config: hostname, ssh_authorized_keys, and, below the key machine,
// everything in the package init/config. In meta-data: local-hostname (or hostname)
// and public-keys. In network-config of version 2: ethernets with match, dhcp4,
// dhcp6, accept-ra, addresses, gateway4, gateway6, routes, nameservers and mtu. In
// version 1: physical interfaces with their subnets, and name servers. These files
// are YAML: see [WithYAML].
//
// An unknown key, or a value that does not fit its key, is reported with its layer
// and its place there. It changes nothing; all other keys count.
//
// # How a machine gets its addresses
//
// The first entry of the configuration that matches an Ethernet interface configures
// it, from when it appears until it is gone. Without a configuration, DHCP does.
// Leases are renewed and given up according to RFC 2131. When the link has been away,
// the machine asks the server whether the leases still hold. With IPv6, the kernel
// takes addresses and routes from router advertisements. The machine takes the name
// servers and domains in these, and asks a DHCPv6 server if a router says so. It
// keeps /etc/resolv.conf and /etc/hosts up to date.
//
// DHCP uses a raw socket, because that can receive before there is an address. If the
// kernel has none (AF_PACKET; in Alpine's kernel the module af_packet, which its
// profiles bake), DHCP uses UDP and asks the servers to broadcast their answers.
//
// The program starts when the machine has its first address, but after 5 s at the
// latest. It waits because a program that connects to others at its start needs an
// address, and nobody can reach the program without one. The key network.wait changes
// the time; "0s" starts the program at once. The program does not wait in a machine
// without a network card, or if the configuration gives none of the cards an address.
// It does wait if such a card may still appear, because it is on a slow bus: USB,
// Hyper-V or Xen.
//
// # How a machine knows the time
//
// A machine's clock is never before the dates of the kernel and of this package, nor,
// if the bake had SOURCE_DATE_EPOCH, before that of its sources. If the kernel has
// not read the hardware clock, the machine reads it. Once it has an address, it asks
// the configured time servers, or else those that a DHCP server names. The first
// answer sets the clock if it is off by more than 125 ms. From then on the machine
// slews the clock, unless it is off by more than half a second because the machine
// was asleep. When the machine ends, it sets the hardware clock. A program waits for
// the clock with [WaitClock].
//
// Random numbers are available at once if the kernel trusts the processor's
// instruction (RDRAND; random.trust_cpu on the command line), has virtio-rng, or gets
// a seed (entropy.seed), as from a box's Vagrantfile with VirtualBox. Otherwise the
// kernel gathers them from its timer while the processor is idle. In an emulated
// machine this usually takes a second at most, and 17 s at worst
// (drivers/char/random.c, try_to_generate_entropy).
//
// # What becomes of the log
//
// The consoles show all lines of the program and of PID 1 that are at least as severe
// as log.level. A line may begin with its severity, as in sd-daemon(3): "<3>the disk
// is full". It may also be a line of log/slog, whose level then counts. All lines,
// and the kernel's, go to the configured syslog server (RFC 5424), each with a
// sequence number: over UDP, over TCP with octet counting, or over TLS if the init
// includes it: see [WithLogTLS]. While the server cannot be reached, lines are kept,
// 1000 by default. Further lines are dropped, and a line with their number takes
// their place. A line leaves the queue when the server's kernel has acknowledged it
// or, with UDP, when nothing has refused it for 10 ms. So some lines may be sent
// twice, and lines are lost that a dying server had not read yet.
//
// If the kernel saved messages when it last crashed (pstore: ramoops, ERST, EFI), the
// machine logs them as critical, shows the last 60 lines on the consoles, and removes
// them.
//
// # The data disk
//
// The root file system is in memory, and lost when the machine ends. Data that shall
// stay goes to a disk with the label scratch-data (ext4) or SCRATCHDATA (FAT). The
// machine looks for it once, after the modules are loaded, and mounts it on /data.
// The environment variable DATA_DIR tells the program where it is. If the program has
// its own user, this user owns the top folder of the disk. The disk is unmounted when
// the machine ends. If the machine was cut off, ext4's journal repairs the file
// system, and the consoles say so. A disk with other faults becomes read-only:
// nothing here repairs a file system.
//
// With data.format in the configuration and [WithFormat], a machine makes the file
// system itself, on its only blank disk. That disk must not be removable and not a
// partition. It must hold only zeros in its first and last 16 MiB and in 1024 places
// between them; a disk of up to 64 MiB is read whole. In any other case the machine
// says why it does not.
//
// # What a machine does when something goes wrong
//
// If a stage fails, every console shows the cause, and the machine goes on: without a
// network, without a module, or with a default configuration.
//
// The end of the program decides what the machine does:
//
//   - The function returns nil, or the program exits with status 0: the machine
//     powers off in order.
//   - The program fails with an error, a panic, another exit status or a signal: the
//     consoles show the cause, and the program is restarted, again and again. The
//     first delay is 100 ms; it doubles up to 30 s, or up to program.restart_delay.
//     Each delay is longer or shorter by a random tenth. After a minute without a
//     failure it starts from 100 ms again. Processes that the program left in its
//     process group are killed. With program.crash_loop in the configuration, the
//     machine reboots, or halts so that somebody can look at it, after a number of
//     failures within a time.
//   - The program hangs. This is detected if there is a check (program.check: HTTP,
//     TCP or sd_notify(3)). The program gets SIGQUIT, which makes a Go program print
//     its goroutines, and SIGKILL 2 s later. It is then restarted like one that
//     failed. If there is a watchdog, that resets the machine instead.
//
// A watchdog (watchdog.timeout) is a device that resets the machine unless it is fed
// in time. PID 1 feeds it while the program works, is being restarted, or has no
// check. So the machine is reset when the program, PID 1 or the kernel hangs. The
// kernel's own device, softdog, does not help if the kernel hangs.
//
// When memory runs out, the kernel ends the program, and never PID 1. The machine
// reports whether its whole memory was used up or only the program's share. A Go
// program learns from GOMEMLIMIT how much there is: 90 % of its limit (program.memory)
// if it has one, otherwise 90 % of its part of what is available when the services
// start. Those that keep running and have no limit share equally what the limits leave.
// The configuration can also give the program its own user (program.uid), and fewer
// rights (program.no_new_privileges, program.read_only).
//
// Somebody can ask the machine to end in order:
//
//   - With the ACPI power button, which VBoxManage controlvm acpipowerbutton, virsh
//     shutdown and QEMU's system_powerdown press (no guest agent is needed), with the
//     power key of a machine without ACPI, or with SIGTERM or SIGPWR to PID 1: the
//     machine powers off.
//   - With Ctrl-Alt-Del, or SIGINT to PID 1: the machine reboots.
//
// In order means: the program gets SIGTERM (the function's context ends) and is
// killed after 10 s. Then every other process is killed. Last, disks are unmounted
// and pending data is written to them, with 10 s for each.
//
// Nothing that the program does can end PID 1. A fault in a stage, in a service or in
// background work does not either: it is reported, and the work goes on. If PID 1
// ends nevertheless, for example by a fault of the Go runtime, the kernel panics and
// reboots. The delay is panic= on the command line (by default 10 s), or 10 s without
// it.
package machine
