package machine

import (
	"context"
	"net"
	"os"
)

// Run runs fn as a machine, or as an ordinary program where there is no machine. Call
// it first in main. It never returns.
//
// As the init of a machine it does what the package's documentation says, and calls fn
// in a process of its own. Code in main before Run then runs twice, once in
// PID 1, so there should be none.
//
// As an ordinary program, and as PID 1 of a container, it calls fn and exits: with
// status 0 if fn returns nil, and otherwise with status 1 and the error on standard
// error. The context of fn ends with the first SIGINT or SIGTERM; fn may then return
// [context.Canceled], which is not a failure. A second signal ends the program at once.
//
// The post-processor recognizes a program that can be a machine's init by this
// function's name. So the function must not be inlined.
//
//go:noinline
func Run(fn func(ctx context.Context) error, options ...Option) {
	var o setup
	for _, option := range options {
		option(&o)
	}
	if isMachine() {
		boot(o)
	}
	if command := o.command(os.Args[0]); command != nil {
		os.Exit(command(os.Args[1:]))
	}
	os.Exit(run(fn))
}

// Option changes what Run does.
type Option func(*setup)

type setup struct {
	program  string
	format   func(disk *os.File, size int64, label string) error
	services []Service
	logTLS   func(ctx context.Context, address, authorities string) (net.Conn, error)
}

// WithProgram makes the machine run the executable at an absolute path instead of the
// function. A program in the machine's configuration takes precedence. Where there is
// no machine, Run still calls the function.
func WithProgram(path string) Option {
	return func(o *setup) { o.program = path }
}

// WithLogTLS makes the machine send its log over TLS, if its configuration says so.
// dial makes the connections: it is [logtls.Dial]. Without this option a machine has no
// TLS, and its program is smaller.
//
// [logtls.Dial]: https://pkg.go.dev/github.com/scratchmachine/packer-plugin-scratchmachine/init/logtls#Dial
func WithLogTLS(dial func(ctx context.Context, address, authorities string) (net.Conn, error)) Option {
	return func(o *setup) { o.logTLS = dial }
}

// WithFormat lets a machine make a file system on a blank data disk, if its
// configuration says so. format is a function of the package machine/format. It gets
// the disk, its size in bytes and the label for the file system.
func WithFormat(format func(disk *os.File, size int64, label string) error) Option {
	return func(o *setup) { o.format = format }
}
