package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

const (
	// initBaseline is how many instructions TestInitTime counted when it was last
	// written here, and initGrowth by how much more of them are too many.
	initBaseline = 16_200_000
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

// TestNothingToWaitFor: a machine without a network card, whose hypervisor has no
// random numbers to give, starts its program at once, and powers off at once. Its
// time and log servers can never be reached.
func TestNothingToWaitFor(t *testing.T) {
	silent := filepath.Join(t.TempDir(), "silent")
	if err := exec.Command("mkfifo", silent).Run(); err != nil {
		t.Skip("mkfifo is missing")
	}
	c := config.Default()
	c.Clock.Servers, c.Clock.Wait = []string{"10.0.2.2"}, true
	c.Log.Server = "udp://10.0.2.2"
	v := vmtest.Machine{Config: c, Append: vm.InitTrace + " random.trust_cpu=off", VM: vm.Options{
		NIC: vm.NoNIC, Extra: []string{"-icount", "shift=0,sleep=off", "-rtc", "clock=vm",
			"-object", "rng-random,id=silent,filename=" + silent, "-device", "virtio-rng-pci,rng=silent"},
	}}.Boot(t)
	vmtest.Expect(t, v, "machine: address: not waiting for an address: no network card matches the configuration",
		"machine: entropy: virtio-rng has given nothing for 100ms: not waiting for it", ", listening at ")
	took, err := vm.ReadInitTime(v.Console())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d ms", took.Listening.Milliseconds())
	if took.Listening > time.Second {
		t.Errorf("the program listens after %s", took.Listening)
	}
	vmtest.Monitor(t, v, "system_powerdown")
	vmtest.WaitOff(t, v)
}
