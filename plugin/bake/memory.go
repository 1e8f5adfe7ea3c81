package bake

import (
	"os"
	"runtime/debug"
)

// memoryGoal is below what a bake may take, in bytes. Go's garbage collector would wait
// until twice as much is used as what the kernel needs to be unpacked.
const memoryGoal = 192 << 20

// LimitMemory lets Go's garbage collector run early in a program that bakes, unless the
// environment has a GOMEMLIMIT.
func LimitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryGoal)
	}
}
