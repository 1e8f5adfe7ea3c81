package e2e

import (
	"path/filepath"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestLibvirtBox: boxes for two providers from one bake. That for libvirt holds
// the bytes of the ISO image, and its machine asks for its address.
func TestLibvirtBox(t *testing.T) {
	p := newPacker(t)
	p.build(t, p.writeTemplate(t, []string{filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz")}, `output_iso = "output/m.iso"
output_box = "output/{{ .Provider }}.box"
providers  = ["virtualbox", "libvirt"]
`))
	if got := p.outputs(t); got != "libvirt.box m.iso virtualbox.box" {
		t.Errorf("made %s", got)
	}
	disk := filepath.Join(unpackBox(t, filepath.Join(p.dir, "output", "libvirt.box")), "box.img")
	tooltest.Run(t, "qemu-img", "check", "-f", "qcow2", disk)
	tooltest.Run(t, "qemu-img", "compare", "-f", "qcow2", "-F", "raw", disk, filepath.Join(p.dir, "output", "m.iso"))

	// vagrant-libvirt's disk is on virtio. The network is not the usual one.
	v := vmtest.Boot(t, vm.Options{
		Disk: disk, Format: "qcow2", Bus: "virtio",
		NIC: "e1000,net=192.168.76.0/24,dhcpstart=192.168.76.9",
	})
	vmtest.Expect(t, v, "machine: dhcp: eth0 has 192.168.76.9/24 for 24h0m0s, gateway 192.168.76.2, DNS 192.168.76.3")
	if body := vmtest.Get(t, v, "/"); body != greeting {
		t.Errorf("got %q", body)
	}
}
