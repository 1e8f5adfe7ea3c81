//go:build !linux

package machine

// A machine runs Linux. On other systems a program is an ordinary program.

func isMachine() bool { return false }

func boot(setup) {}
