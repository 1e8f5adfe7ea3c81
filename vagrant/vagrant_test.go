package vagrant

import (
	"strings"
	"testing"
)

func TestBoxfile(t *testing.T) {
	file, err := Boxfile(Box{Forwards: []Forward{{80, 8080}, {443, 8443}}, CPUs: 2, MemoryMiB: 256, Card: "virtio"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"GUEST_PORT = 80\n",
		`guest: 80, host: 8080, host_ip: "127.0.0.1", auto_correct: true`,
		`guest: 443, host: 8443, host_ip: "127.0.0.1", auto_correct: true`,
		"lv.cpus = 2\n", "lv.memory = 256\n", `lv.nic_model_type = "virtio"`,
		`qe.arch = "x86_64"`, `qe.smp = "2"`, `qe.memory = "256M"`, `qe.net_device = "virtio-net-pci"`,
		`config.vm.synced_folder ".", "/vagrant", disabled: true`,
	} {
		if !strings.Contains(string(file), want) {
			t.Errorf("there is no %q in:\n%s", want, file)
		}
	}
	if _, err := Boxfile(Box{}); err == nil {
		t.Error("no error without a port")
	}
}

// TestPieces: both kinds of box have the parts that config.scratchmachine needs, and
// each has its own type of guest.
func TestPieces(t *testing.T) {
	for ssh, guest := range map[bool]string{false: ":scratchmachine", true: ":scratchmachine_ssh"} {
		file, err := Boxfile(Box{Forwards: []Forward{{80, 8080}}, CPUs: 1, MemoryMiB: 128, SSH: ssh})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"config.vm.guest = " + guest + "\n", "PIECES[" + guest + "] = ", `config("scratchmachine") { Section }`,
			"def tell_virtualbox", "def tell_libvirt",
		} {
			if strings.Count(string(file), want) != 1 {
				t.Errorf("SSH %t: %q is not there once", ssh, want)
			}
		}
	}
}
