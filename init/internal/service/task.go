//go:build linux

package service

import (
	"context"
	"fmt"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// StartTask runs a service that is a part of PID 1, until it is done: again after a
// panic or a failure, which is reported, and then after a while that grows as that
// between two starts of a program does. stop ends its context and waits for it.
func StartTask(k *kernelapi.Kernel, r report.Reporter, name string, run func(context.Context) error) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	delay := backoff{longest: config.DefaultRestartDelay}
	report.Go(r, name, func() {
		keep(ctx, k, r, name, run, &delay)
		close(ended)
	})
	return func() error {
		cancel()
		<-ended
		return nil
	}
}

func keep(ctx context.Context, k *kernelapi.Kernel, r report.Reporter, name string, run func(context.Context) error, delay *backoff) {
	for ctx.Err() == nil {
		started := k.Uptime()
		err := run(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			if !errors.Is(err, context.Canceled) {
				r.Report(name, err)
			}
			return
		}
		wait := delay.next(k.Uptime() - started)
		r.Report(name, fmt.Errorf("%w; starting it again in %s", err, wait.Round(time.Millisecond)))
		select {
		case <-ctx.Done():
		case <-k.After(wait):
		}
	}
}
