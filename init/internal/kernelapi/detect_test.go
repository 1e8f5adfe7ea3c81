//go:build linux

package kernelapi

import "testing"

// TestContainer: PID 1 of a container is no machine.
func TestContainer(t *testing.T) {
	if IsMachine() {
		t.Error("this test is taken for a machine's init")
	}
}
