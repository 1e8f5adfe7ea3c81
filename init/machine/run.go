package machine

import (
	"context"
	"net"
	"os"
)

// Run runs fn as a machine, or as an ordinary program where there is none to
// be made. It is the first thing that main does, and it never returns.
//
// As the init of a machine it does what the package's documentation says, and
// calls fn in a process of its own. Everything that main did before Run is then
// done twice, once as PID 1, so it should be nothing.
//
// As an ordinary program, also as PID 1 of a container, it calls fn and exits:
// with status 0 when fn returns nil, with 1 and the error on standard error
// when it does not. The context that fn gets ends with the first SIGINT or
// SIGTERM; that fn then returns [context.Canceled] is no failure. A second
// signal ends the program at once.
//
// Its name tells the post-processor that a program can be a machine's init, so
// it is kept out of line.
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

// WithProgram has the machine run the executable at an absolute path instead
// of the function. If the machine's configuration names a program, that one is
// run. Where there is no machine the function is called all the same.
func WithProgram(path string) Option {
	return func(o *setup) { o.program = path }
}

// WithLogTLS has the machine send its log over TLS, if its configuration says
// so, on connections that dial makes: [logtls.Dial]. Without it a machine has no
// TLS, and its program does not pay for it.
//
// [logtls.Dial]: https://pkg.go.dev/github.com/scratchmachine/packer-plugin-scratchmachine/init/logtls#Dial
func WithLogTLS(dial func(ctx context.Context, address, authorities string) (net.Conn, error)) Option {
	return func(o *setup) { o.logTLS = dial }
}

// WithFormat lets a machine make a file system on a blank data disk, if its
// configuration says so. format is one of the package machine/format. It gets
// the disk, its size in bytes and the label that it must have.
func WithFormat(format func(disk *os.File, size int64, label string) error) Option {
	return func(o *setup) { o.format = format }
}
