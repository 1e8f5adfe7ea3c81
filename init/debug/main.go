// Debug is the stock /init with SSH, the status page and TLS for the log, for machines
// whose configuration asks for one of them.
package main

import (
	"context"
	"errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/logtls"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine/debug"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine/format"
)

func main() {
	machine.Run(func(context.Context) error {
		return errors.New("this is the init of a machine: it works only as process 1 of a machine, where it runs /app")
	}, machine.WithProgram("/app"), machine.WithFormat(format.Ext4), machine.WithLogTLS(logtls.Dial), debug.Service())
}
