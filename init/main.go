// Init is the stock /init of a machine: it runs and supervises the program that is
// baked in beside it. The program need not know about it.
package main

import (
	"context"
	"errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine/format"
)

func main() {
	machine.Run(func(context.Context) error {
		return errors.New("this is the init of a machine: it works only as process 1 of a machine, where it runs /app")
	}, machine.WithProgram("/app"), machine.WithFormat(format.Ext4))
}
