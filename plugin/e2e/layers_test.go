package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// bootLayers boots a machine that is told something, and garbage, by every layer
// at once. Each wins over those before it, whatever is bad in it is reported,
// and the machine starts. Its program may not use all of the memory.
func bootLayers(t *testing.T, m vmtest.Machine) *vm.VM {
	t.Helper()
	baked := config.Default()
	baked.Hostname = "baked"
	baked.Program = config.Program{Args: []string{"baked"}, Env: []string{"FROM=baked"}}
	seed := seedDisc(t, map[string]string{
		"meta-data":      "instance-id: i-1\nlocal-hostname: meta\n",
		"network-config": "version: 7\n",
		"user-data":      "\ufeff#cloud-config\r\nhostname: seed\r\npackages: [vim]\r\nmachine:\r\n  program: {wants: more}\r\n",
	})
	m.Kernel, m.Config = "debian", baked
	m.Modules = []string{"qemu_fw_cfg", "virtio_pci", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio", "virtio_ring", "virtio_blk",
		"ext4", "mbcache", "jbd2", "crc16", "crc32c_generic"}
	m.Append += ` machine.hostname=line machine.program.args="the line" machine.program.args=more machine.program.env=FROM=line machine.lines=1 machine.network.interfaces.7.dhcp=1 ip=bootp machine. machine.entropy.seed=QUJD machine.program.memory=32`
	m.VM.MemoryMiB = 192 // so that it is the program's limit which is reached, not the machine's
	m.VM.Extra = append(m.VM.Extra,
		"-smbios", `type=11,value=machine.entropy.seed=`+strings.Repeat("QUJD", 11)+`,value=machine:{"hostname":"smbios",,"program":{"env":["FROM=smbios"],,"size":1}},value=machine:{{{,value=machine.hostname.x=1`,
		"-fw_cfg", "name=opt/machine,string=[]", "-fw_cfg", "name=opt/machine.hostname,string=firmware", "-fw_cfg", "name=opt/machine.modules,string=evil",
		"-drive", "if=virtio,format=raw,readonly=on,file="+seed,
	)
	v := m.Boot(t)
	told := "seed, args [\"the line\" \"more\"], FROM=smbios, DATA_DIR=/data, starts "
	if body := vmtest.Get(t, v, "/"); body != told+"2\n" {
		t.Errorf("got %q", body)
	}
	vmtest.Get(t, v, "/eat")
	vmtest.Expect(t, v, "Memory cgroup out of memory: Killed process",
		"machine: app: out of memory: the kernel killed it when it had used up its 32 MiB: raise program.memory (memory of the template's supervise); starting it again")
	if body := vmtest.Get(t, v, "/"); body != told+"3\n" {
		t.Errorf("got %q", body)
	}
	vmtest.Expect(t, v,
		"config: kernel command line: lines: there is no such key",
		"config: kernel command line: network.interfaces.7: an index from 0 to 1 is wanted here",
		"config: kernel command line: ip=bootp: bootp is not supported",
		`config: kernel command line: entropy.seed: only the layer "SMBIOS" or "fw_cfg" can set this key`,
		"config: SMBIOS: OEM string 2: program.size: there is no such key",
		"config: SMBIOS: OEM string 3: this is no JSON",
		"config: SMBIOS: OEM string 4: hostname.x: there is no such key",
		"config: fw_cfg: opt/machine: it is a array in JSON, but must be an object",
		`config: fw_cfg: modules: only the layer "baked" can set this key`,
		"config: seed disk: network-config: version 7 is none that is understood",
		"config: seed disk: user-data: packages: there is no such key",
		"config: seed disk: user-data: machine: program.wants: there is no such key",
		"machine: config: from seed disk: hostname; SMBIOS: entropy.seed, program.env; kernel command line: data.format, program.args, program.memory\n",
	)
	return v
}

// seedDisc makes a NoCloud seed disk as most people do.
func seedDisc(t *testing.T, files map[string]string) string {
	t.Helper()
	tool := tooltest.Need(t, "genisoimage")
	dir, disc := t.TempDir(), filepath.Join(t.TempDir(), "seed.iso")
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(tool, "-quiet", "-J", "-R", "-V", "cidata", "-o", disc, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("genisoimage: %v: %s", err, strings.TrimSpace(string(out)))
	}
	return disc
}
