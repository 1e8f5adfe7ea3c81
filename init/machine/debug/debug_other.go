//go:build !linux

package debug

import "github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"

// A machine runs Linux; elsewhere there is nothing to look into.

func service() machine.Service { return machine.Service{Name: "debug"} }
