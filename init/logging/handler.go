// Package logging lets a program in a machine log with log/slog:
//
//	slog.SetDefault(slog.New(logging.NewHandler(nil)))
//
// The consoles and the syslog server then get each line with its level. A program
// without this package can also begin a line with its severity: "<3>the disk is full"
// (sd-daemon(3)).
package logging

import (
	"io"
	"log/slog"
	"os"
)

// MachineEnv is an environment variable that every program in a machine has. Its value
// is the version of the machine's init.
const MachineEnv = "SCRATCHMACHINE"

// NewHandler returns a handler that writes to standard error. options are those of
// [slog.NewTextHandler], or nil. In a machine the handler leaves out the time, because
// the machine's log adds it. Elsewhere it is an ordinary handler.
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
