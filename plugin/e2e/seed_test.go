package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

// TestSeedByDefault: a machine of a profile's defaults, whose program is its init and has a
// service beside it, is told who it is by a seed disk as Proxmox and virt-install attach it: on a CD drive,
// in YAML. Drivers are loaded for its devices and for no others.
func TestSeedByDefault(t *testing.T) {
	root, _ := debianRoot(t, "virtio", "virtio_ring", "virtio_pci", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_net",
		"net_failover", "failover", "virtio_blk", "scsi_common", "scsi_mod", "libata", "ata_piix", "cdrom", "sr_mod", "watchdog", "i6300esb")
	_, iso, _ := buildKernel(t, fmt.Sprintf(`
    kernel  = %q
    profile = "qemu"
    service {
      name    = "sidecar"
      package = %q
      args    = ["fail"]
      check   = "tcp://127.0.0.1:81"
    }
`, root, testdata(t, "services")))
	seed := seedDisc(t, map[string]string{
		"meta-data": "instance-id: i-1\nlocal-hostname: web-7\n",
		"network-config": `version: 2
ethernets:
  id0:
    match: {name: "eth*"}
    addresses: [10.0.2.77/24]
    routes: [{to: default, via: 10.0.2.2}]
    nameservers: {addresses: [10.0.2.3]}
`,
		"user-data": "#cloud-config\nhostname: web-8\nmachine:\n  program:\n    env: [GREETING=Hello from a seed]\n" +
			"  services:\n    sidecar:\n      args: [listen]\n",
	})
	v := vmtest.Boot(t, vm.Options{Disk: iso, Bus: "virtio", NIC: "virtio-net-pci", MemoryMiB: 192,
		Extra:    []string{"-drive", "if=ide,media=cdrom,readonly=on,file=" + seed},
		Forwards: []qemu.Forward{{Address: "10.0.2.77", Guest: 80}}})
	if body := vmtest.Get(t, v, "/"); body != "Hello from a seed\n" {
		t.Errorf("the machine says %q", body)
	}
	vmtest.Expect(t, v, "machine: config: from seed disk: hostname, network.interfaces.0.name", ", listening at ",
		"machine: sidecar: ready after ")
	if said := v.Console(); strings.Contains(said, "machine: modules:") || strings.Contains(said, "cannot be read") {
		t.Error(said)
	}
}
