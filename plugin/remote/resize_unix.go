//go:build unix

package remote

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// follow calls changed when the terminal's size has, until it is stopped.
func follow(changed func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGWINCH)
	go func() {
		for range signals {
			changed()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}
