package e2e

import (
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

const (
	// initBaseline is how many instructions TestInitTime counted when it was last
	// written here, and initGrowth by how much more of them are too many.
	initBaseline = 11_250_000
	initGrowth   = 1.1
	// initLimit is what a user of the machine is promised.
	initLimit = 30 * time.Millisecond
)

// TestInitTime: with a network card whose link is there, and without a source of
// random numbers, the init takes less than 30 ms until its machine listens and has an
// address by DHCP, and no more than a tenth above what it took before. QEMU counts a
// nanosecond for an instruction, so that this host's load does not matter.
func TestInitTime(t *testing.T) {
	v := vmtest.Machine{Config: config.Default(), Append: vm.InitTrace, VM: vm.Options{
		NIC: "virtio-net-pci", Extra: []string{"-icount", "shift=0,sleep=off", "-rtc", "clock=vm"},
	}}.Boot(t)
	vmtest.Expect(t, v, "machine: dhcp: eth0 has 10.0.2.15/24", ", listening at ")
	took, err := vm.ReadInitTime(v.Console())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d instructions", took.Listening.Nanoseconds())
	if took.Listening > initLimit || float64(took.Listening.Nanoseconds()) > initBaseline*initGrowth {
		t.Errorf("the init took %d instructions, %d before", took.Listening.Nanoseconds(), initBaseline)
	}
}
