// Package debug lets a person look into a machine: over SSH, with a shell that needs no
// userland, and on a status page.
//
//	func main() { machine.Run(serve, debug.Service()) }
//
// Both are off unless the machine's configuration turns them on: see config.Debug. They
// are in a package of their own because they make a program about 1.5 MB larger,
// compressed, besides net/http.
//
// The SSH server is a part of PID 1. Each client's shell and commands run in a process
// of their own, from the same executable. So a command that takes all of the memory,
// for example, harms only its own process, which the kernel ends first.
package debug

import "github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"

// Service returns the option of [machine.Run] for SSH and the status page. The
// post-processor recognizes a program with it by this function's name. So the function
// must not be inlined.
//
//go:noinline
func Service() machine.Option { return machine.WithService(service()) }
