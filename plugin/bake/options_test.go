package bake

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

func TestDefaults(t *testing.T) {
	c, err := decode(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]ForwardedPort{{80, 8080}}, c.ForwardedPorts); diff != "" || c.CPUs != 1 {
		t.Error(c.CPUs, c.Memory, diff)
	}
	guest := c.guest()
	if !guest.Network.Interfaces[0].DHCP || guest.Hostname != "scratchmachine" {
		t.Errorf("guest %+v", guest)
	}
}

// TestLibvirt: its machines ask for their address.
func TestLibvirt(t *testing.T) {
	c, err := decode(t, map[string]any{"providers": []string{"virtualbox", "libvirt"}, "network": map[string]any{"interface": []map[string]any{{"name": "eth1"}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Network{Interfaces: []config.Interface{{Name: "eth1", DHCP: true}}}
	if diff := cmp.Diff(want, c.guest().Network); diff != "" {
		t.Error(diff)
	}
}

func TestGuest(t *testing.T) {
	c, err := decode(t, map[string]any{
		"hostname": "web", "args": []string{"-v"}, "env": map[string]string{"B": "2", "A": "1", "C": "3"},
		"network": map[string]any{"address": "192.168.1.5/16", "dns": []string{"9.9.9.9"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	guest := c.guest()
	if diff := cmp.Diff([]string{"A=1", "B=2", "C=3"}, guest.Program.Env); diff != "" {
		t.Error(diff)
	}
	if guest.Hostname != "web" || guest.Network.Interfaces[0].Addresses[0] != "192.168.1.5/16" || guest.Network.Interfaces[0].Routes != nil ||
		guest.Network.DNS[0] != "9.9.9.9" || guest.Network.Interfaces[0].Name != "eth0" || guest.Program.Args[0] != "-v" {
		t.Errorf("guest %+v", guest)
	}
}

func TestOptionsRefuse(t *testing.T) {
	tests := []struct {
		name    string
		options map[string]any
		want    string
	}{
		{"program and package", map[string]any{"program": "a", "package": "b"}, "program and package are both given"},
		{"flags alone", map[string]any{"build_flags": []string{"-v"}}, "build_flags needs package"},
		{"box name", map[string]any{"output_box": "x.zip"}, "output_box must end in .box"},
		{"provider", map[string]any{"providers": []string{"vmware"}}, `no boxes for "vmware", only for virtualbox, libvirt, vmware_desktop`},
		{"vagrant-qemu", map[string]any{"providers": []string{"qemu"}}, `vagrant-qemu takes the boxes for libvirt: choose "libvirt" in place of "qemu"`},
		{"VMware with SSH", map[string]any{"providers": []string{"vmware_desktop"}, "ssh": map[string]any{"enabled": true}}, "ssh: VMware has no way to hand"},
		{"VMware's memory", map[string]any{"providers": []string{"vmware_desktop"}, "memory": 130}, "memory must be a multiple of 4 (MiB) for VMware, not 130"},
		{"card", map[string]any{"network_card": "vmxnet3"}, `network_card must be virtio or e1000, not "vmxnet3"`},
		{"a disk's ending", map[string]any{"output_disk": "x.dmg"}, `output_disk: the ending of "x.dmg" is that of no disk format: give disk_format`},
		{"a disk's format", map[string]any{"output_disk": "x", "disk_format": []string{"dmg"}}, `disk_format: there is no "dmg", only raw, qcow2,`},
		{"a format twice", map[string]any{"output_disk": "x", "disk_format": []string{"raw", "raw"}}, "disk_format has raw twice"},
		{"one disk for two", map[string]any{"output_disk": "x", "disk_format": []string{"raw", "vhd"}}, "output_disk must have {{ .Format }} in its name, as there is one for each of raw and vhd"},
		{"format alone", map[string]any{"disk_format": []string{"raw"}}, "disk_format needs output_disk, the file to write"},
		{"appliance alone", map[string]any{"ova_for": []string{"vmware"}}, "ova_for needs output_ova"},
		{"appliance's ending", map[string]any{"output_ova": "x.ovf"}, "output_ova must end in .ova"},
		{"appliance for another", map[string]any{"output_ova": "x.ova", "ova_for": []string{"xen"}}, `ova_for: there is no "xen", only virtualbox, vmware`},
		{"Google's ending", map[string]any{"output_gce": "x.tgz"}, "output_gce must end in .tar.gz"},
		{"a provider twice", map[string]any{"providers": []string{"libvirt", "libvirt"}}, "providers has libvirt twice"},
		{"one box for two", map[string]any{"output_box": "x.box", "providers": []string{"virtualbox", "libvirt"}},
			"must have {{ .Provider }} in its name"},
		{"providers without a box", map[string]any{"output_iso": "x.iso", "providers": []string{"libvirt"}}, "providers needs output_box"},
		{"libvirt and an address", map[string]any{"providers": []string{"libvirt"}, "network": map[string]any{"address": "10.0.0.2/8"}},
			"the address cannot be fixed in a box for libvirt"},
		{"same output", map[string]any{"output_box": "x.box", "output_iso": "x.box"}, "are the same file"},
		{"catalog alone", map[string]any{"catalog": map[string]any{"name": "a/b"}}, "catalog needs output_catalog"},
		{"catalog without a box", map[string]any{"output_iso": "x.iso", "output_catalog": "x.json"}, "output_catalog needs output_box"},
		{"catalog's name", map[string]any{"output_catalog": "x.json"}, "the name must be like acme/hello"},
		{"boot loader", map[string]any{"bootloader": "grub"}, `bootloader must be direct or isolinux, not "grub"`},
		{"kernel's payload", map[string]any{"kernel_payload": "xz"}, `kernel_payload must be original, lz4 or stored, not "xz"`},
		{"ISOLINUX's folder", map[string]any{"isolinux_dir": "/x"}, `isolinux_dir needs bootloader = "isolinux"`},
		{"cpus", map[string]any{"cpus": 65}, "cpus must be from 1 to 64, not 65"},
		{"data", map[string]any{"data": map[string]any{"path": "/"}}, `data: path must be a folder, such as /data, not "/"`},
		{"memory", map[string]any{"memory": 32}, "memory must be at least 64 (MiB), not 32"},
		{"hostname", map[string]any{"hostname": "two words"}, "hostname must be one word"},
		{"command line", map[string]any{"command_line": "a\nb"}, "command_line must be one line"},
		{"env", map[string]any{"env": map[string]string{"A=B": "1"}}, "cannot be an environment variable"},
		{"log server", map[string]any{"log": map[string]any{"server": "10.0.2.2"}}, `log: server must be udp://HOST:PORT`},
		{"log over TLS without trust", map[string]any{"trust_store": "none", "log": map[string]any{"server": "tls://10.0.2.2"}}, "log: nothing can verify the certificate of a server tls://"},
		{"log authority", map[string]any{"log": map[string]any{"server": "udp://10.0.2.2", "ca_file": "x"}}, "log: ca_file needs a server tls://HOST:PORT"},
		{"log queue", map[string]any{"log": map[string]any{"queue": -1}}, "log: queue must be from 0 to 100000, not -1"},
		{"log level", map[string]any{"log": map[string]any{"level": "loud"}}, `log: level must be one of emerg alert crit err warning notice info debug, not "loud"`},
		{"trust store", map[string]any{"trust_store": "debian"}, `trust_store must be auto, mozilla or none, not "debian"`},
		{"time zones", map[string]any{"time_zones": "Europe"}, `time_zones must be auto, all or none, not "Europe"`},
		{"time zone", map[string]any{"time_zone": "Berlin"}, `time_zone: there is no time zone "Berlin": is it Europe/Berlin?`},
		{"port", map[string]any{"forwarded_port": []map[string]any{{"guest": 80, "host": 80000}}}, "from 1 to 65535, not 80 and 80000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := decode(t, test.options)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// TestBlocks: what each block says reaches the machine.
func TestBlocks(t *testing.T) {
	c, err := decode(t, map[string]any{
		"watchdog":  map[string]any{"timeout": 20},
		"supervise": map[string]any{"memory": 64},
		"clock":     map[string]any{"wait": true},
		"log":       map[string]any{"level": "warning"},
		"data":      map[string]any{"format": true},
	})
	if err != nil {
		t.Fatal(err)
	}
	guest := c.guest()
	if guest.Watchdog != (config.Watchdog{Timeout: 20}) || guest.Program.Memory != 64 || !guest.Clock.Wait ||
		guest.Log.Level != "warning" || !guest.Data.Format {
		t.Errorf("guest %+v", guest)
	}
}
