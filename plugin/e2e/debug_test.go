package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

// guest is a machine with SSH.
type guest struct {
	t       *testing.T
	dir     string // with the key
	address string
}

// run runs one of OpenSSH's programs until it gets through, and returns what it
// shows. (QEMU accepts connections for a machine that does not yet.)
func (g guest) run(program string, args ...string) string {
	g.t.Helper()
	_, port, _ := net.SplitHostPort(g.address)
	options := []string{
		"-F", "none", "-i", filepath.Join(g.dir, "key"), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
		"-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "-o", "Port=" + port,
	}
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(time.Second) {
		cmd := exec.CommandContext(g.t.Context(), program, append(options, args...)...)
		out, err := cmd.CombinedOutput()
		if err == nil {
			return string(out)
		}
		if cmd.ProcessState.ExitCode() != 255 || time.Now().After(deadline) { // 255: not through
			g.t.Fatalf("%s: %v: %s", args, err, out)
		}
	}
}

func (g guest) ssh(line string) string {
	g.t.Helper()
	return g.run("ssh", "root@127.0.0.1", line)
}

// newGuest makes a key for a machine.
func newGuest(t *testing.T) guest {
	t.Helper()
	g := guest{t: t, dir: t.TempDir()}
	tooltest.Run(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(g.dir, "key"))
	return g
}

// TestDebug: SSH and the status page of a booted machine, to its end by SSH.
func TestDebug(t *testing.T) {
	g := newGuest(t)
	print, err := exec.Command("ssh-keygen", "-l", "-f", filepath.Join(g.dir, "key.pub")).Output()
	if err != nil {
		t.Fatal(err)
	}
	page := freeAddress(t)
	c := config.Default()
	c.Debug = config.Debug{Interface: "eth0", Page: ":8081", SSH: config.SSH{Listen: ":22", AuthorizedKeys: []string{"SHA256:none"}}}
	// The key's fingerprint comes by SMBIOS, as it does in a box.
	layer := fmt.Sprintf(`machine:{"debug":{"ssh":{"authorized_keys":[%q]}}}`, strings.Fields(string(print))[1])
	v := vmtest.Machine{Config: c, VM: vm.Options{
		Forwards: []qemu.Forward{{Guest: 22}}, NIC: "e1000,hostfwd=tcp:" + page + "-:8081",
		Extra: []string{"-smbios", "type=11,value=" + strings.ReplaceAll(layer, ",", ",,")},
	}}.Boot(t)
	g.address = v.Address()

	if out := g.ssh("id -u; uname -s; cat /proc/1/comm; ls -d /proc"); out != "0\nLinux\ninit\n/proc\n" {
		t.Errorf("%q", out)
	}
	t.Logf("SSH after %.1f s", v.Running().Seconds())
	for line, want := range map[string]string{
		"ps | grep /app":               "/app",
		"dmesg | head -n 3":            "Linux version",
		"ip addr show":                 "inet 10.0.2.15/24",
		"ip route":                     "default via 10.0.2.2",
		"curl -s http://127.0.0.1/":    "Hello from Scratch Machine!",
		"log -n 500":                   "machine.info: ",
		"ping -c 1 10.0.2.2":           "1 answered",
		"cat /proc/self/oom_score_adj": "1000",
	} {
		if out := g.ssh(line); !strings.Contains(out, want) {
			t.Errorf("%s: %q is not in %q", line, want, out)
		}
	}
	script := filepath.Join(g.dir, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"by $1\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	g.run("scp", "-O", "-p", script, "root@127.0.0.1:/tmp/vagrant-shell")
	if out := g.ssh("/tmp/vagrant-shell scp"); out != "by scp\n" {
		t.Errorf("%q", out)
	}
	g.checkPage("http://" + page + "/debug/machine")
	g.ssh("poweroff")
	vmtest.WaitOff(t, v)
	vmtest.Expect(t, v, "machine: ssh: the host key is ssh-ed25519 SHA256:", "powering off")
}

// checkPage wants the page's JSON to know where the key came from, and the
// page for people to be one.
func (g guest) checkPage(url string) {
	g.t.Helper()
	var report struct {
		Config []struct {
			Name, Layer string
			Value       json.RawMessage
		}
		Timeline   struct{ Kernel float64 }
		Interfaces []struct{ Name string }
		Log        []string
	}
	if err := json.Unmarshal([]byte(g.get(url+"?format=json")), &report); err != nil {
		g.t.Fatal(err)
	}
	from := map[string]string{}
	for _, key := range report.Config {
		from[key.Name] = key.Layer
	}
	if from["debug.ssh.authorized_keys"] != "SMBIOS" || from["debug.page"] != "baked" {
		g.t.Errorf("%v", from)
	}
	if report.Timeline.Kernel <= 0 || len(report.Interfaces) < 2 || len(report.Log) == 0 {
		g.t.Errorf("%+v", report)
	}
	if html := g.get(url); !strings.Contains(html, "<td>debug.page</td>") {
		g.t.Errorf("%s", html)
	}
}

func (g guest) get(url string) string {
	g.t.Helper()
	r, err := http.Get(url)
	if err != nil {
		g.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		g.t.Fatalf("%s: %s, %v", url, r.Status, err)
	}
	return string(body)
}

// freeAddress is an address of the loopback where nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
