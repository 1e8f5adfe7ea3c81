//go:build !linux

package machine

// A machine runs Linux; elsewhere a program is a program.

func isMachine() bool { return false }

func boot(setup) {}
