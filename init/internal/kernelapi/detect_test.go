//go:build linux

package kernelapi

import "testing"

// TestContainer: the process of a test is not the init of a machine.
func TestContainer(t *testing.T) {
	if IsMachine() {
		t.Error("this test is taken for a machine's init")
	}
}
