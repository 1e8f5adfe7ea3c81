package e2e

import (
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestNetwork: two network cards, told apart by driver and hardware address, of
// which one asks QEMU's server, again when its cable has been out.
func TestNetwork(t *testing.T) {
	m := vmtest.Machine{VM: vm.Options{
		NIC:   "e1000,id=lan,net=192.168.76.0/24,dhcpstart=192.168.76.9",
		Extra: []string{"-nic", "user,model=virtio-net-pci,mac=52:54:00:00:00:02,net=10.9.0.0/24"},
	}}
	m.Config.Network.Interfaces = []config.Interface{
		{MAC: "52:54:00:00:00:02", Addresses: []string{"10.9.0.7/24"}},
		{Driver: "e1000", DHCP: true},
	}
	v := m.Boot(t)
	vmtest.Expect(t, v,
		"machine: dhcp: eth1 has 192.168.76.9/24 for 24h0m0s, gateway 192.168.76.2, DNS 192.168.76.3",
		"machine: network: eth0 has 10.9.0.7/24")
	if body := vmtest.Get(t, v, "/"); body != greeting {
		t.Errorf("got %q", body)
	}
	vmtest.Monitor(t, v, "set_link lan off")
	vmtest.Expect(t, v, "the link of eth1 is gone")
	vmtest.Monitor(t, v, "set_link lan on")
	vmtest.Expect(t, v, "the link of eth1 is back")
	if body := vmtest.Get(t, v, "/"); body != greeting {
		t.Errorf("got %q", body)
	}
}
