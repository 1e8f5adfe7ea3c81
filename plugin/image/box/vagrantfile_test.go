package box

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/vagrant"
)

// environment has Vagrant use folders of this test, and testdata/bin/VBoxManage.
func environment(t *testing.T) []string {
	t.Helper()
	bin, err := filepath.Abs(filepath.Join("testdata", "bin"))
	if err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), "VAGRANT_HOME="+t.TempDir(), "VAGRANT_DOTFILE_PATH="+t.TempDir(),
		"VAGRANT_CHECKPOINT_DISABLE=1", "VAGRANT_DEFAULT_PROVIDER=virtualbox",
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "VBOXMANAGE_LOG="+filepath.Join(t.TempDir(), "log"))
}

// boxFile is a box for VirtualBox, of a machine with or without SSH.
func boxFile(t *testing.T, ssh bool) string {
	t.Helper()
	content, err := vagrant.Boxfile(vagrant.Box{Forwards: []vagrant.Forward{{Guest: 80, Host: 8080}}, CPUs: 1, MemoryMiB: 128, Card: "virtio", SSH: ssh})
	if err != nil {
		t.Fatal(err)
	}
	m := example()
	m.vagrantfile = content
	file := filepath.Join(t.TempDir(), "machine.box")
	if err := os.WriteFile(file, write(t, m.virtualBox()), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// runVagrant returns what the real vagrant says in a folder.
func runVagrant(t *testing.T, environment []string, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(tooltest.Need(t, "vagrant"), args...)
	cmd.Dir, cmd.Env = dir, environment
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("vagrant %s in %s: %v: %s", strings.Join(args, " "), dir, err, out)
	}
	return string(out)
}

// TestVagrantfiles: the real vagrant reads the Vagrantfiles to copy, and knows
// their machines.
func TestVagrantfiles(t *testing.T) {
	env, folder := environment(t), filepath.Join("..", "..", "..", "vagrant")
	runVagrant(t, env, folder, "box", "add", "--name", "scratchmachine", boxFile(t, false))
	for name, machines := range map[string][]string{
		".": {"default"}, "configured": {"default"}, "several": {"web1", "web2", "web3"},
	} {
		dir := filepath.Join(folder, name)
		runVagrant(t, env, dir, "validate")
		status := strings.Fields(runVagrant(t, env, dir, "status"))
		for _, machine := range machines {
			if !slices.Contains(status, machine) {
				t.Errorf("%s: vagrant status says nothing of %s: %q", name, machine, status)
			}
		}
	}
}

// TestUp: the machine is told its configuration before it starts, although the box
// is only added after its Vagrantfile was read.
func TestUp(t *testing.T) {
	env, dir := environment(t), t.TempDir()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "vagrant", "configured", "Vagrantfile"))
	if err != nil {
		t.Fatal(err)
	}
	content = append(content, "\nVagrant.configure('2') { |config| config.vm.box_url = '"+boxFile(t, false)+"' }\n"...)
	if err := os.WriteFile(filepath.Join(dir, "Vagrantfile"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	runVagrant(t, env, dir, "up")
	log, err := os.ReadFile(strings.TrimPrefix(env[len(env)-1], "VBOXMANAGE_LOG="))
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Index(string(log), `DmiOEMVBoxVer machine:{"hostname":"greeter","program":{"env":["GREETING=Hello from a Vagrantfile!"]},"entropy":{"seed":"`)
	started := strings.Index(string(log), "startvm")
	if told < 0 || started < told {
		t.Errorf("VBoxManage was told:\n%s", log)
	}
}
