package e2e

import (
	"path/filepath"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestDHCP: on a network that is not the usual one, the machine asks for its
// address, on a kernel with raw sockets built in.
func TestDHCP(t *testing.T) {
	p := newPacker(t)
	p.build(t, p.writeTemplate(t, []string{filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz")}, bothOutputs+`network {
  dhcp = true
}`))
	v := vmtest.Boot(t, vm.Options{
		CDROM: filepath.Join(p.dir, "output", "m.iso"),
		NIC:   "e1000,net=192.168.76.0/24,dhcpstart=192.168.76.9",
	})
	vmtest.Expect(t, v, "machine: dhcp: eth0 has 192.168.76.9/24 for 24h0m0s, gateway 192.168.76.2, DNS 192.168.76.3")
	if body := vmtest.Get(t, v, "/"); body != greeting {
		t.Errorf("got %q", body)
	}
}
