package machine

import (
	"context"
	"os"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/clock"
)

// clockInterval is how often WaitClock looks for it.
const clockInterval = 20 * time.Millisecond

// WaitClock waits, in a machine's program, until the clock has been set by a
// time server, such as before certificates are checked. Where none is known,
// and where there is no machine, it returns at once. The error is that of ctx.
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

// machineEnv is an environment variable that every program in a machine has;
// package logging knows it, too.
const machineEnv = "SCRATCHMACHINE"
