// Package logging is how a program in a machine logs with log/slog:
//
//	slog.SetDefault(slog.New(logging.NewHandler(nil)))
//
// The consoles and the syslog server then get each line with its level. Lines
// that a program prints without this package may begin with a severity as well:
// "<3>the disk is full" (sd-daemon(3)).
package logging

import (
	"io"
	"log/slog"
	"os"
)

// MachineEnv is an environment variable that every program in a machine has:
// the version of the machine's init.
const MachineEnv = "SCRATCHMACHINE"

// NewHandler returns a handler that writes to standard error, with options as
// those of [slog.NewTextHandler] or nil. In a machine it leaves out the time,
// which the machine's log adds itself. Elsewhere it is an ordinary handler.
func NewHandler(options *slog.HandlerOptions) slog.Handler {
	return newHandler(os.Stderr, options, os.Getenv(MachineEnv) != "")
}

func newHandler(w io.Writer, options *slog.HandlerOptions, machine bool) slog.Handler {
	var o slog.HandlerOptions
	if options != nil {
		o = *options
	}
	if replace := o.ReplaceAttr; machine {
		o.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			if replace != nil {
				return replace(groups, a)
			}
			return a
		}
	}
	return slog.NewTextHandler(w, &o)
}
