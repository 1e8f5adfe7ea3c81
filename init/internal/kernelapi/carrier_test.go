//go:build linux

package kernelapi

import (
	"testing"
	"unsafe"
)

// TestMiiRequest: miiRequest has the layout of the kernel's struct ifreq.
func TestMiiRequest(t *testing.T) {
	var r miiRequest
	if unsafe.Sizeof(r) != 40 || unsafe.Offsetof(r.phy) != 16 || unsafe.Offsetof(r.register) != 18 || unsafe.Offsetof(r.out) != 22 {
		t.Errorf("%+v has another layout", r)
	}
	if _, err := carrier("lo"); err == nil {
		t.Error("the loopback interface has a PHY")
	}
}
