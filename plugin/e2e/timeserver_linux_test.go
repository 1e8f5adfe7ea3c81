package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// insideEnv names the test that is already in a network namespace of its own.
const insideEnv = "SCRATCHMACHINE_E2E_NAMESPACE"

// inNamespace tells whether the test runs in a network namespace of its own, where
// it may make networks, and else runs it there.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(insideEnv) == t.Name() {
		return true
	}
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), insideEnv+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	return false
}

// TestTimeServerByDHCP: a machine whose clock is years off learns of its time
// server by DHCP (option 42), on the second of its two networks.
func TestTimeServerByDHCP(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, line := range []string{"link set lo up", "tuntap add lan mode tap", "address add 10.88.0.1/24 dev lan", "link set lan up"} {
		tooltest.Run(t, "ip", strings.Fields(line)...)
	}
	dir := t.TempDir()
	background(t, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root", "--pid-file", "--interface=lan",
		"--no-ping", "--dhcp-leasefile="+filepath.Join(dir, "leases"), "--dhcp-range=10.88.0.10,10.88.0.10,10m",
		"--dhcp-option=option:ntp-server,10.88.0.1", "--dhcp-option=option:router")
	conf := filepath.Join(dir, "conf")
	text := "local stratum 5\nallow 10.88.0.0/24\ncmdport 0\nbindcmdaddress /\npidfile " + dir + "/pid\n"
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	background(t, "chronyd", "-x", "-d", "-u", "root", "-f", conf)

	v := vmtest.Machine{Config: config.Default(), VM: vm.Options{Extra: []string{
		"-rtc", "base=2021-01-01", "-nic", "tap,ifname=lan,script=no,downscript=no,model=e1000",
	}}}.Boot(t)
	vmtest.Expect(t, v, "machine: dhcp: eth1 has 10.88.0.10/24", " by 10.88.0.1: it was off by ")
	if body := vmtest.Get(t, v, "/"); body != greeting {
		t.Errorf("got %q", body)
	}
}

// background runs a program until the test ends.
func background(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(tooltest.Need(t, name), args...)
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
}
