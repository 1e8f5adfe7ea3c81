// Panics is a program of which PID 1 itself panics, where nothing can catch it.
package main

import (
	"context"
	"os"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

func main() {
	if os.Getpid() == 1 {
		time.AfterFunc(time.Second, func() { panic("on purpose") })
	}
	machine.Run(func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	})
}
