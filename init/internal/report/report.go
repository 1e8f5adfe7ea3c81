// Package report is how the rooms of the init say what happens, and how what
// they run goes on after a panic: PID 1 must not die, and must not hide why.
package report

import (
	"fmt"
	"runtime/debug"
	"time"
)

// Reporter takes lines for the log. The journal is one.
type Reporter interface {
	// Printf logs lines of the machine's own.
	Printf(format string, args ...any)
	// Report logs what failed and why.
	Report(what string, err error)
}

// Survive is deferred where a panic must not end PID 1: it reports the panic.
func Survive(r Reporter, what string) {
	if fault := recover(); fault != nil {
		r.Report(what, Panic(fault))
	}
}

// Panic is the error of a panic that was recovered, with its stack.
func Panic(fault any) error { return fmt.Errorf("panic: %v\n%s", fault, debug.Stack()) }

// Go runs something in a goroutine of its own, again after a panic.
func Go(r Reporter, what string, run func()) { go Lasting(r, what, run) }

// Lasting runs something until it returns by itself, again after a panic.
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
