package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// run calls fn as an ordinary program would, and returns the exit status.
func run(fn func(ctx context.Context) error) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	go func() {
		<-signals
		cancel()
		os.Exit(signalled(<-signals))
	}()

	err := fn(ctx)
	if err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return 0
	}
	fmt.Fprintln(os.Stderr, "error:", err)
	return 1
}

// signalled returns the exit status that a shell reports for a program that a signal
// has ended. A program cannot end itself by the signal as PID 1 of a container, because
// the kernel drops the signal there.
func signalled(s os.Signal) int {
	if number, ok := s.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return 1
}
