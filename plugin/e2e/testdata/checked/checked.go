// Package checked has a test that runs in a machine of its own.
package checked

// Double is covered by the test, Triple is not.
func Double(n int) int { return 2 * n }

func Triple(n int) int { return 3 * n }
