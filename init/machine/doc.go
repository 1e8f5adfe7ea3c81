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
// way by the stock init: see [WithProgram].
//
// # What a machine is told
//
// Its configuration is baked into the initramfs. A hypervisor can change it for
// one machine, key by key: by an OEM string of SMBIOS (type 11) that begins with
// "machine:" and goes on as JSON, with the keys of the package init/config. A
// list takes the place of the whole list. What cannot be read is reported and
// changes nothing.
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
//     time after 100 ms, then after twice the time, up to 30 s, each a random
//     tenth more or less. After a minute without failure it starts from 100 ms.
//     Processes that it left behind in its process group are killed.
//
// The machine ends in order when somebody asks for it:
//
//   - The ACPI power button, SIGTERM or SIGPWR to PID 1: it powers off.
//   - Ctrl-Alt-Del, or SIGINT to PID 1: it reboots.
//
// In order means: the program gets SIGTERM (the function's context ends) and
// has 10 s before it is killed, then every other process is killed, and what is
// not yet on a disk is written.
//
// Nothing that the program does ends PID 1. If a fault of its own does, the
// fault is on the consoles and the machine reboots 10 s later.
package machine
