//go:build !linux

package debug

import "github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"

// A machine runs Linux. On other systems there is no machine to look into.

func service() machine.Service { return machine.Service{Name: "debug"} }
