//go:build linux

package settings

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/source"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/volume"
)

// machine is one whose settings a test plays.
type machine struct {
	*kernelfake.Kernel
	*Settings
}

func newMachine(t *testing.T) machine {
	t.Helper()
	k := kernelfake.New(t)
	find := func(label string, names ...string) (map[string][]byte, error) {
		return volume.Find(k.Kernel, label, names...)
	}
	return machine{k, New(k.Kernel, k, find)}
}

// read reads all layers, and reports a failure as a stage does.
func (f machine) read() {
	if err := f.ReadBaked(); err != nil {
		f.Report("baked config", err)
	}
	f.Settings.Read()
}

func TestReadBaked(t *testing.T) {
	tests := []struct{ name, file, failure, hostname string }{
		{"none", "", "the baked one cannot be read", config.Default().Hostname},
		{"damaged", `{"hostname":`, "/etc/machine.json is damaged", config.Default().Hostname},
		{"sound", `{"hostname":"web"}`, "", "web"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newMachine(t)
			if test.file != "" {
				f.WriteFile(t, config.Path, test.file)
			}
			f.WriteFile(t, source.CommandLineFile, "quiet")
			f.read()
			if text := f.Shown(); !strings.Contains(text, test.failure) || (text == "") != (test.failure == "") {
				t.Errorf("the console shows %q, want %q", text, test.failure)
			}
			if f.Config().Hostname != test.hostname {
				t.Errorf("the host name is %s", f.Config().Hostname)
			}
		})
	}
}

// TestReadConfig: each layer wins over those before it, and each has a key that
// there is not.
func TestReadConfig(t *testing.T) {
	f := newMachine(t)
	f.WriteFile(t, config.Path, `{"hostname":"baked","program":{"path":"/app","args":["baked"],"env":["BAKED=1"]},"x0":1}`)
	f.WriteFile(t, source.CommandLineFile, "quiet machine.program.args=line machine.hostname=line machine.program.env=LINE=1 machine.x1=1\n")
	f.WriteFile(t, source.SMBIOSTable, "\x0b\x05\x00\x0b\x01"+`machine:{"hostname":"smbios","program":{"env":["SMBIOS=1"]},"x2":1}`+"\x00\x00")
	f.WriteFile(t, source.FirmwareDir+"/machine.hostname/raw", "firmware")
	f.WriteFile(t, source.FirmwareDir+"/machine.x3/raw", "1")
	f.read()
	var got []string
	for _, key := range f.Keys() {
		got = append(got, key.Name+"="+string(key.Value)+" "+key.Layer)
	}
	want := `hostname="firmware" fw_cfg, program.path="/app" baked, program.args=["line"] kernel command line, program.env=["SMBIOS=********"] SMBIOS`
	if strings.Join(got, ", ") != want {
		t.Errorf("%q, want %q", got, want)
	}
	if f.Config().Hostname != "firmware" || f.Config().Program.Env[0] != "SMBIOS=1" {
		t.Errorf("%+v", f.Config())
	}
	f.WantShown(t, "config: baked: x0: there is no such key", "config: kernel command line: x1: there is no such key",
		"config: SMBIOS: OEM string 1: x2: there", "config: fw_cfg: x3: there",
		"machine: config: from fw_cfg: hostname; kernel command line: program.args; SMBIOS: program.env\r\n")
}

// TestSeed: a disk with the label is read, in YAML and in JSON.
func TestSeed(t *testing.T) {
	f := newMachine(t)
	f.WriteFile(t, config.Path, `{"hostname":"baked"}`)
	f.WriteFile(t, source.CommandLineFile, "machine.hostname=line")
	for _, name := range []string{"fd0", "loop0", "sda", "sr0", "sr1", "vda"} { // in sr1 there is no disc
		f.WriteFile(t, "sys/class/block/"+name+"/size", "1")
		if name != "sr1" {
			f.WriteFile(t, "dev/"+name, strings.Repeat("\x00", 4096))
		}
	}
	folder := t.TempDir()
	for name, content := range map[string]string{
		"meta-data": "local-hostname: web\npublic-keys: [ssh-ed25519 AAAA]\n", "user-data": "#cloud-config\n" + `{"hostname":"seed","x4":1}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	disc := f.Path("dev/sr0")
	if out, err := exec.Command(tooltest.Need(t, "genisoimage"), "-quiet", "-J", "-V", "CIDATA", "-o", disc, folder).CombinedOutput(); err != nil {
		t.Fatalf("genisoimage: %v: %s", err, out)
	}
	f.read()
	if f.Config().Hostname != "seed" {
		t.Errorf("%+v", f.Config())
	}
	f.WantShown(t, "config: seed disk: user-data: x4: there is no such key",
		"machine: config: from seed disk: hostname, debug.ssh.authorized_keys\r\n")
}
