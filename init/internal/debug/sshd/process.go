package sshd

import "io"

// Command is what a session asks for.
type Command struct {
	// Line is the command line; empty asks for a shell.
	Line string
	// Env are "NAME=value" entries that the client sent.
	Env []string
	// Terminal is the client's, nil if it wants none.
	Terminal *Terminal
}

// Terminal is a client's terminal.
type Terminal struct {
	Name          string // as in TERM
	Width, Height int    // in characters
}

// Process is what runs for a session.
type Process struct {
	// Stdin, Stdout and Stderr are our ends of its standard files; with a
	// terminal, Stdin and Stdout are the terminal and Stderr is nil.
	Stdin          io.WriteCloser
	Stdout, Stderr io.ReadCloser
	// Status gives the exit status.
	Status <-chan int
	// Signal sends a signal by its name without "SIG" (RFC 4254, 6.10); one
	// that is not known is ignored.
	Signal func(name string)
	// Resize changes the terminal's size.
	Resize func(width, height int)
}
