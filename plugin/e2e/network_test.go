package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestNetwork: three network cards, told apart by driver and hardware address, of
// which one asks QEMU's server, again when its cable has been out, and one a server
// whose lease changes each second. That changes what programs see, whatever they
// have filled.
func TestNetwork(t *testing.T) {
	server := newLeaseServer(t)
	m := vmtest.Machine{Package: testdata(t, "supervised"), VM: vm.Options{
		NIC: "e1000,id=lan,net=192.168.76.0/24,dhcpstart=192.168.76.9",
		Extra: append([]string{"-nic", "user,model=virtio-net-pci,mac=52:54:00:00:00:02,net=10.9.0.0/24"},
			server.nic("52:54:00:00:00:03")...),
	}}
	m.Config.Network.Interfaces = []config.Interface{
		{MAC: "52:54:00:00:00:02", Addresses: []string{"10.9.0.7/24"}},
		{MAC: "52:54:00:00:00:03", DHCP: true},
		{Driver: "e1000", DHCP: true},
	}
	v := m.Boot(t)
	vmtest.Expect(t, v,
		"machine: dhcp: eth2 has 192.168.76.9/24 for 24h0m0s, gateway 192.168.76.2, DNS 192.168.76.3",
		"machine: network: eth0 has 10.9.0.7/24", "machine: dhcp: eth1 has 10.5.0.9/16 for 1h0m0s")
	vmtest.Get(t, v, "/pid")
	vmtest.Monitor(t, v, "set_link lan off")
	vmtest.Expect(t, v, "the link of eth2 is gone")
	vmtest.Monitor(t, v, "set_link lan on")
	vmtest.Expect(t, v, "the link of eth2 is back")
	vmtest.Get(t, v, "/pid")
	fillAll(t, v, server)
}

// fillAll fills each place that programs can write to, one after the other, and
// sees the lease renewed meanwhile. None takes more than a quarter of the memory.
func fillAll(t *testing.T, v *vm.VM, server *leaseServer) {
	t.Helper()
	info := vmtest.Get(t, v, "/read?path=/proc/meminfo")
	total, err := strconv.Atoi(regexp.MustCompile(`MemTotal: +(\d+) kB`).FindStringSubmatch(info)[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/tmp", "/var", "/dev/shm", "/run", "/"} {
		filled := 0
		if got := vmtest.Get(t, v, "/fill?path="+path); !strings.HasSuffix(got, " bytes, then write "+filepath.Join(path, "filler")+": no space left on device") {
			t.Errorf("filling %s: %s", path, got)
		} else if _, err := fmt.Sscan(got, &filled); err != nil || filled < 1<<20 || filled > total<<8 {
			t.Errorf("filling %s: %s, of %d KiB of memory: %v", path, got, total, err)
		}
		t.Logf("%s takes %.1f MB", path, float64(filled)/1e6)
		renewed(t, v, server)
		if got := vmtest.Get(t, v, "/empty?path="+path); got != "empty" {
			t.Error(got)
		}
	}
}

// renewed waits until programs see what a lease says that is granted from now on.
func renewed(t *testing.T, v *vm.VM, server *leaseServer) {
	t.Helper()
	before := server.grants.Load()
	seen := ""
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		seen = vmtest.Get(t, v, "/read?path=/etc/resolv.conf")
		for n := before + 1; n <= server.grants.Load(); n++ {
			if strings.Contains(seen, "nameserver "+server.dns(n).String()+"\n") {
				return
			}
		}
	}
	t.Errorf("after %d grants, of which %d are new, resolv.conf is\n%s", server.grants.Load(), server.grants.Load()-before, seen)
}
