package e2e

import (
	"regexp"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestInitTime: with a network card whose link is there, and without a source of
// random numbers, the init takes less than 30 ms until its machine has an address
// by DHCP. QEMU counts a nanosecond for an instruction, so that this host's load
// does not matter.
func TestInitTime(t *testing.T) {
	v := vmtest.Machine{Config: config.Default(), VM: vm.Options{
		NIC: "virtio-net-pci", Extra: []string{"-icount", "shift=0,sleep=off", "-rtc", "clock=vm"},
	}}.Boot(t)
	vmtest.Expect(t, v, "machine: dhcp: eth0 has 10.0.2.15/24", ", listening at ")
	if !regexp.MustCompile(`machine: boot: kernel [0-9.]+s, init 0\.0[012]s`).MatchString(v.Console()) {
		t.Error("the init took longer")
	}
}
