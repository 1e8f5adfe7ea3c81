// Package report lets the parts of the init report what happens, and lets their
// goroutines go on after a panic: PID 1 must not die, and must not hide why.
package report

import (
	"fmt"
	"runtime/debug"
	"time"
)

// Reporter takes lines for the log. The journal implements it.
type Reporter interface {
	// Printf logs lines of the machine itself.
	Printf(format string, args ...any)
	// Report logs what failed and why.
	Report(what string, err error)
}

// Survive recovers from a panic and reports it. Defer it where a panic must not end PID
// 1.
func Survive(r Reporter, what string) {
	if fault := recover(); fault != nil {
		r.Report(what, Panic(fault))
	}
}

// Panic returns the error for a recovered panic, with its stack.
func Panic(fault any) error { return fmt.Errorf("panic: %v\n%s", fault, debug.Stack()) }

// Go runs a function in a new goroutine, and runs it again after a panic.
func Go(r Reporter, what string, run func()) { go Lasting(r, what, run) }

// Lasting runs a function until it returns, and runs it again after a panic.
func Lasting(r Reporter, what string, run func()) {
	for panicked(r, what, run) {
		time.Sleep(time.Second)
	}
}

func panicked(r Reporter, what string, run func()) (panicked bool) {
	panicked = true
	defer Survive(r, what)
	run()
	return false
}
