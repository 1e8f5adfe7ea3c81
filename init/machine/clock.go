package machine

import (
	"context"
	"os"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/clock"
)

// clockInterval is how often WaitClock looks for the file.
const clockInterval = 20 * time.Millisecond

// WaitClock waits until a time server has set the machine's clock. Call it in a
// machine's program, for example before it verifies certificates. It returns at once if
// no time server is known, and if there is no machine. It returns the error of ctx.
//
// Other programs can wait for the file /run/machine/clock.
func WaitClock(ctx context.Context) error {
	if os.Getenv(machineEnv) == "" {
		return nil
	}
	return waitFile(ctx, clock.File)
}

func waitFile(ctx context.Context, path string) error {
	for {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(clockInterval):
		}
	}
}

// machineEnv is an environment variable that every program in a machine has. Package
// logging uses it too.
const machineEnv = "SCRATCHMACHINE"
