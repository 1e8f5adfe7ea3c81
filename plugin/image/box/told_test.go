package box

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// told is what testdata/told.rb says of a machine.
type told struct {
	Errors     []string
	VirtualBox [][]string // commands of VBoxManage
	Libvirt    []string   // arguments of QEMU
	Qemu       []string   // likewise, with vagrant-qemu
	Arm        string     // what VirtualBox on ARM refuses
}

// strings are the OEM strings that VirtualBox is told.
func (m told) strings() []string {
	var found []string
	for _, command := range m.VirtualBox {
		if len(command) == 4 {
			found = append(found, command[3])
		}
	}
	return found
}

// tell lets the real Vagrant read testdata/told.Vagrantfile.
func tell(t *testing.T) map[string]told {
	t.Helper()
	ruby := tooltest.Need(t, "ruby")
	dir := t.TempDir()
	content, err := os.ReadFile(filepath.Join("testdata", "told.Vagrantfile"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "Vagrantfile"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs(filepath.Join("testdata", "told.rb"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(ruby, script)
	var complaints bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stderr = dir, environment(t), &complaints
	for name, ssh := range map[string]bool{"scratchmachine": false, "ssh": true} {
		runVagrant(t, cmd.Env, dir, "box", "add", "--name", name, boxFile(t, ssh))
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s%s", err, out, complaints.String())
	}
	machines := map[string]told{}
	if err := json.Unmarshal(out, &machines); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return machines
}

// understood is what the machine makes of its OEM strings.
func understood(t *testing.T, oem ...string) config.Config {
	t.Helper()
	var c config.Config
	for _, s := range oem {
		if strings.ContainsAny(s, "&<>'") || strings.ContainsFunc(s, func(r rune) bool { return r > '~' }) {
			t.Errorf("XML does not take %s", s)
		}
		text, ok := strings.CutPrefix(s, "machine:")
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&c); err != nil || !ok {
			t.Errorf("%v in %s", err, s)
		}
	}
	return c
}

func TestTold(t *testing.T) {
	const public = "AAAAC3NzaC1lZDI1NTE5AAAAIJ9rXwBPGSmBzwCTxHMnMyD2Wj9aYB5YDTBGGU6zBSTQ"
	blob, _ := base64.StdEncoding.DecodeString(public)
	sum := sha256.Sum256(blob)
	fingerprint := "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])

	var plain, everything, network, long config.Config
	plain.Program.Env = []string{"ALL=1"}
	everything.Hostname = "said"
	everything.Program = config.Program{UID: 1000, Args: []string{"-x", "1"}, Env: []string{"ALL=it's <1>,, & \"ü\"\n", "ONE=2"}}
	everything.Log = config.Log{Server: "udp://10.0.2.2:514", Level: "info"}
	network.Hostname = "net"
	network.Program.Env = plain.Program.Env
	network.Network.Interfaces = []config.Interface{
		{Name: "eth0", DHCP: true}, {Name: "eth1", Addresses: []string{"192.168.56.10/24"}},
		{Name: "eth2", Addresses: []string{"10.9.0.1/20"}}, {Name: "eth3", DHCP: true}, {Name: "eth4"},
	}
	long.Program.Env = []string{"ALL=1", "LONG=" + strings.Repeat("x", 150)}
	long.Program.Args = []string{strings.Repeat("y", 150)}

	machines, seeds := tell(t), map[string]bool{}
	for name, test := range map[string]struct {
		want    config.Config
		strings int
	}{
		"plain": {plain, 1}, "everything": {everything, 1}, "network": {network, 2}, "long": {long, 2}, "own": {plain, 1}, "efi": {plain, 1},
	} {
		m := machines[name]
		if len(m.Errors) > 0 {
			t.Errorf("%s: %q", name, m.Errors)
		}
		if got := m.strings(); len(got) != test.strings {
			t.Errorf("%s: VirtualBox is told %q, %d strings, want %d", name, m.VirtualBox, len(got), test.strings)
		}
		got := understood(t, m.strings()...)
		if seed := got.Entropy.Seed; (len(seed) == 44 && !seeds[seed]) == (name == "long") { // which leaves no room
			t.Errorf("%s, with VirtualBox: the seed is %q", name, seed)
		}
		seeds[got.Entropy.Seed], got.Entropy = true, config.Entropy{}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s, with VirtualBox: %s", name, diff)
		}
		if len(m.Libvirt) != 2 || m.Libvirt[0] != "-smbios" {
			t.Errorf("%s: libvirt is told %q", name, m.Libvirt)
			continue
		}
		if !cmp.Equal(m.Qemu, m.Libvirt) {
			t.Errorf("%s: vagrant-qemu is told %q, libvirt %q", name, m.Qemu, m.Libvirt)
		}
		if !strings.Contains(m.Arm, "VirtualBox on ARM cannot pass a configuration to a machine, and this one has: machine:{") {
			t.Errorf("%s: on ARM the error is %q", name, m.Arm)
		}
		value := strings.TrimPrefix(m.Libvirt[1], "type=11,value=")
		if odd := strings.ReplaceAll(value, ",,", ""); strings.Contains(odd, ",") {
			t.Errorf("%s: QEMU ends the value at a comma: %s", name, value)
		}
		if diff := cmp.Diff(test.want, understood(t, strings.ReplaceAll(value, ",,", ","))); diff != "" {
			t.Errorf("%s, with libvirt: %s", name, diff)
		}
	}

	const place, efi = "VBoxInternal/Devices/pcbios/0/Config/DmiOEMVBox", "VBoxInternal/Devices/efi/0/Config/DmiOEMVBox"
	cleared := func(places ...string) (commands [][]string) {
		for _, p := range places {
			commands = append(commands, []string{"setextradata", "ID", p})
		}
		return commands
	}
	m := machines["nothing"]
	only := understood(t, m.strings()...)
	if only.Entropy.Seed == "" || !cmp.Equal(only, config.Config{Entropy: only.Entropy}) || m.Libvirt != nil || len(m.Qemu) > 0 || m.Arm != "" ||
		!cmp.Equal(m.VirtualBox[1:], cleared(place+"Rev", efi+"Ver", efi+"Rev")) {
		t.Errorf("with nothing to say but a seed VirtualBox is told %q and libvirt %q", m.VirtualBox, m.Libvirt)
	}
	told := machines["efi"].VirtualBox
	if told[0][2] != efi+"Ver" || !cmp.Equal(told[1:], cleared(efi+"Rev", place+"Ver", place+"Rev")) {
		t.Errorf("with UEFI firmware VirtualBox is told %q", told)
	}
	if got := machines["own"].VirtualBox; len(got) != 3 || got[0][2] != place+"Rev" {
		t.Errorf("beside a Vagrantfile's own string VirtualBox is told %q", got)
	}
	keys := understood(t, machines["ssh"].strings()...).Debug.SSH.AuthorizedKeys
	if len(keys) != 3 || !strings.HasPrefix(keys[0], "SHA256:") || keys[1] != fingerprint || keys[2] != "SHA256:other" {
		t.Errorf("the authorized keys are %q, want the machine's own, %s and another", keys, fingerprint)
	}
	for name, want := range map[string]string{
		"unknown":  "There is no 'environment'",
		"mistyped": `'env' must be a Hash, not ["A=1"]`,
		"keyless":  "'authorized_keys' must be public keys",
		"toolong":  `does not fit: machine:{"program":`,
	} {
		if got := strings.Join(machines[name].Errors, " "); !strings.Contains(got, want) {
			t.Errorf("%s: the errors are %q, want %q", name, got, want)
		}
	}
}
