// Exec is the init of a machine that runs one program for somebody outside: with the
// arguments, environment and files that it would have there. What the program writes,
// the files that it leaves and how it ends go to a serial port, see package execution.
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/execution"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

func main() { machine.Run(serve) }

// serve runs the program. The machine ends when it returns.
func serve(ctx context.Context) error {
	order, err := readOrder()
	if err != nil {
		return err
	}
	port, err := openPort(order.Port)
	if err != nil {
		return err
	}
	defer port.Close()
	status, err := run(ctx, order, port)
	if err != nil {
		return execution.Write(port, execution.Failure, []byte(err.Error()))
	}
	if err := sendAll(port, order.Outputs); err != nil {
		return execution.Write(port, execution.Failure, []byte(err.Error()))
	}
	return execution.Write(port, execution.Exit, status)
}

func readOrder() (execution.Order, error) {
	var o execution.Order
	content, err := os.ReadFile(execution.Path)
	if err != nil {
		return o, errors.Wrap(err, "this is the init of a machine that runs a program for somebody outside")
	}
	return o, errors.Wrapf(json.Unmarshal(content, &o), "reading %s", execution.Path)
}
