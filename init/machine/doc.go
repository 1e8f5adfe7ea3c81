// Package machine makes a Go program a whole machine: the one process, besides
// the kernel, that runs in it.
//
//	func main() { machine.Run(serve) }
//
//	func serve(ctx context.Context) error { ... }
//
// Elsewhere, on a laptop or in a container, the same program is an ordinary
// one: see [Run].
//
// # How a machine starts
//
// The kernel runs the program as its init, process 1 (PID 1). That process
// brings the machine up, stage by stage: file systems, consoles, the baked
// configuration, kernel modules, the network. Then it runs the same executable
// again, as its child, and there Run calls the function. So what happens to the
// program, be it a panic or the kernel's out-of-memory killer, happens to the
// child, and PID 1 never takes the exit status of a process that the program
// started itself. A program that does not use this package is run in the same
// way by the stock init: see [WithProgram]. Beside it, PID 1 does what its
// services do: see [WithService].
//
// The configuration can have more programs, config.Service, which PID 1 starts, checks
// and stops in an order, whether the program is the init itself or not: what Run was
// given is the one of the name config.Main. In a machine that a bake has made they
// are its service blocks. Each is a process with a user, rights and a log of its own;
// the program needs no code for them.
//
// # What a machine is told
//
// Its configuration is that of the package init/config, put together from
// layers, of which the later win, key by key:
//
//  1. What was baked into the initramfs. It alone says which modules to load.
//  2. The kernel's command line: machine.hostname=web. Quotes hold a value with
//     spaces together, as for any other word of it: machine.program.args="a b".
//     The kernel's own ip= configures the network too: ip=dhcp, or
//     ip=10.0.2.15::10.0.2.2:255.255.255.0:web:eth0:off:10.0.2.3.
//  3. SMBIOS OEM strings (type 11), which most hypervisors can set for one
//     machine: machine.hostname=web, or machine:{"hostname":"web"}.
//  4. QEMU's firmware configuration, where the kernel has qemu_fw_cfg:
//     -fw_cfg name=opt/machine.hostname,string=web, or a JSON object as
//     opt/machine.
//  5. A NoCloud seed disk, ISO 9660 or FAT with the label cidata, where the
//     machine has the driver of the disk, as those for hypervisors that use seeds
//     have. The file system's is not needed. It is looked for once, when the modules
//     are loaded; nothing is waited for.
//
// A key is a path with dots, program.env, the name of a service after services,
// services.web.args, and numbers for the elements of a list of objects. A list takes the place of the whole list below it. Given as text,
// the first value for a list in a layer starts the list, the next ones are added
// to it, a JSON array is the whole list, and an empty value an empty one; true
// may be left out. In JSON an object changes only the keys that it has.
//
// Of what cloud-init knows, a seed disk may hold the following. In user-data,
// which begins with #cloud-config: hostname, ssh_authorized_keys, and below the
// key machine whatever the package init/config has. In meta-data: local-hostname
// (or hostname) and public-keys. In network-config of version 2: ethernets with
// match, dhcp4, dhcp6, accept-ra, addresses, gateway4, gateway6, routes,
// nameservers and mtu. Of version 1: physical interfaces with their subnets, and
// name servers. These files are YAML. A program that is built with the tag
// scratchmachine_noyaml reads only the part of it that is JSON, and is 0.5 MB
// smaller, 0.2 MB of it in the image.
//
// A key that does not exist, or a value that cannot be one, is reported with its
// layer and its place there, and changes nothing. All others count.
//
// # How a machine gets its addresses
//
// Each Ethernet interface is configured, when it appears and for as long as it
// is there, by the first entry of the configuration that matches it; without a
// configuration by DHCP. Leases are renewed and given up as RFC 2131 has it, and
// when the link has been away the server is asked whether they still hold.
// With IPv6 the kernel makes addresses and routes of what routers advertise; the
// name servers and domains in it are taken too, and a DHCPv6 server is asked where
// a router says so. /etc/resolv.conf and /etc/hosts follow what is learned.
//
// DHCP uses a raw socket, which receives before there is an address. Where the
// kernel has none (AF_PACKET; Alpine's is the module af_packet, which its
// profiles bake) it uses UDP and asks the servers to answer by broadcast.
//
// The program is started when the machine has its first address, since a
// program that asks others when it starts expects one and nobody can reach it
// before, but after 5 s at the latest. The configuration's network.wait changes
// that; "0s" starts it at once. A machine without a network card, or with none that
// the configuration gives an address, waits for nothing, unless its card may be one
// that is slow to tell that it is there: on USB, Hyper-V or Xen.
//
// # How a machine knows the time
//
// Its clock is never before the dates of the kernel, of this package and, if the
// bake was given SOURCE_DATE_EPOCH, of its sources. Where the kernel has not read
// the hardware's clock, it is read. The time servers of the configuration, or
// else those that a DHCP server names, are asked from when there is an address:
// the first that answers sets the clock if it is off by more than 125 ms, and
// from then on the clock is slewed, unless it is off by more than half a second
// because the machine was asleep. At the end the hardware's clock is set. A
// program waits for the clock with [WaitClock].
//
// Random numbers are there when the kernel trusts the processor's (RDRAND;
// random.trust_cpu on its command line) or has virtio-rng, or when the machine is
// given a seed (entropy.seed), as a box's Vagrantfile does with VirtualBox. Else the kernel
// gathers some from its timer, in time that nobody else wants: in an
// emulated machine that takes a second at most as a rule, and 17 s at worst
// (drivers/char/random.c, try_to_generate_entropy).
//
// # What becomes of the log
//
// What the program prints, and what PID 1 says, is shown on every console from
// the configuration's log.level on. A line may begin with its severity, as in
// sd-daemon(3): "<3>the disk is full"; or be one of log/slog, whose level counts.
// All lines, and the kernel's, go to the syslog server of the configuration (RFC
// 5424), with a sequence number each: by UDP, by TCP with octet counting, or by
// TLS if the init has it: see [WithLogTLS]. Lines for a server that cannot be
// reached are kept, 1000 by default; what comes then is dropped and counted, and
// the count takes its place. A line leaves the queue when the server's kernel
// has acknowledged it, or, of UDP, when nothing has refused it for 10 ms, so some
// may be sent twice, and those that a dying server had not read yet are lost.
//
// What the kernel saved when it crashed the last time (pstore: ramoops, ERST,
// EFI) is logged as critical, its last 60 lines on the consoles, and removed.
//
// # The data disk
//
// The root of the files is in memory, and gone when the machine ends. What is to
// stay goes to a disk with the label scratch-data (ext4), or SCRATCHDATA (FAT). It
// is looked for once, when the modules are loaded, mounted on /data, and named to
// the program by the environment variable DATA_DIR. If the program has a user of
// its own, the disk's top is that user's. It is unmounted when the machine ends.
// After a hard end ext4's journal makes up for it, the consoles say
// so, and a disk with faults becomes read-only: nothing here repairs a file system.
//
// With data.format in the configuration and [WithFormat] a machine makes the file
// system itself, on the one blank disk that it has: not removable, no partition,
// and nothing but zeros in its first and last 16 MiB and in 1024 places between
// them, or in all of it up to 64 MiB. In any other case it says why not.
//
// # What a machine does when something goes wrong
//
// A stage that fails is reported on every console, with its cause, and the
// machine goes on: without a network, without a module, with a default
// configuration.
//
// What the program does decides what becomes of the machine:
//
//   - The function returns nil, or the program exits with status 0: the machine
//     powers off in order.
//   - The program fails, by an error, a panic, another exit status or a signal:
//     the cause is on the consoles and it is started again, for ever. The first
//     time after 100 ms, then after twice the time, up to 30 s or the
//     configuration's program.restart_delay, each a random tenth more or less. After a minute without failure it starts from 100 ms.
//     Processes that it left behind in its process group are killed. With the
//     configuration's program.crash_loop the machine reboots, or halts to be
//     looked at, after so many failures within so many seconds.
//   - The program hangs, which is known if there is a check (program.check: HTTP,
//     TCP or sd_notify(3)): it gets SIGQUIT, at which a Go program shows its
//     goroutines, and SIGKILL 2 s later, and is started again as one that failed.
//     If there is a watchdog, the machine is left to it instead.
//
// A watchdog (the configuration's watchdog.timeout) is a device that resets the
// machine if it is not fed in time. PID 1 feeds it while the program works, is
// started again, or has no check. So the machine is reset when the program
// hangs, when PID 1 does and when the kernel does, unless the device is the
// kernel's own, softdog.
//
// When memory runs out, the kernel ends the program, and never PID 1: it is said
// whether the machine's was used up or what the program may use. A Go
// program is told how much there is (GOMEMLIMIT). The program can be given a
// limit (program.memory), a user of its own (program.uid), and fewer rights
// (program.no_new_privileges, program.read_only).
//
// The machine ends in order when somebody asks for it:
//
//   - The ACPI power button, which is what VBoxManage controlvm acpipowerbutton,
//     virsh shutdown and QEMU's system_powerdown press (no guest agent is
//     needed), or the power key of a machine without ACPI, SIGTERM or SIGPWR to
//     PID 1: it powers off.
//   - Ctrl-Alt-Del, or SIGINT to PID 1: it reboots.
//
// In order means: the program gets SIGTERM (the function's context ends) and
// has 10 s before it is killed, then every other process is killed, disks are
// unmounted and what is not yet on them is written, for which each has 10 s.
//
// Nothing that the program does ends PID 1. Nor does a fault in a stage, in a
// service or in what goes on beside them: it is reported, and they go on. Should
// PID 1 end all the same, as by a fault of the Go runtime, the kernel panics and
// reboots after the seconds that panic= on its command line says (10 by
// default), or after 10 if that is not there.
package machine
