// Package debug lets a person look into a machine: by SSH, with a shell that
// needs no userland, and by a status page.
//
//	func main() { machine.Run(serve, debug.Service()) }
//
// Both are off unless the machine's configuration has them: see config.Debug.
// They are in a package of their own since they make a program larger by about
// 1.5 MB, compressed, beside net/http.
//
// The SSH server is a part of PID 1. What runs for a client is a process of its
// own, by the same executable: whatever a command does, be it to take all of the
// memory, happens to that process, which the kernel ends first.
package debug

import "github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"

// Service is the option of [machine.Run] by which a machine has SSH and the
// status page. Its name tells the post-processor that a program has it, so it is
// kept out of line.
//
//go:noinline
func Service() machine.Option { return machine.WithService(service()) }
