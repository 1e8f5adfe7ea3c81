package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestMetadata: a machine that DigitalOcean's DMI names asks 169.254.169.254 who it is.
func TestMetadata(t *testing.T) {
	tooltest.Need(t, "bash")
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"hostname":"web-9.example.org","public_keys":["ssh-ed25519 A me"],"user_data":%q}`,
			"#cloud-config\nmachine:\n  network: {wait: 0s}\n  program:\n    env: [GREETING=Hello from a cloud]\n")
	}))
	defer service.Close()
	_, port, _ := strings.Cut(service.Listener.Addr().String(), ":")
	forward := filepath.Join(t.TempDir(), "forward") // QEMU starts one for each connection
	if err := os.WriteFile(forward, []byte("#!/usr/bin/env bash\nexec 3<>/dev/tcp/127.0.0.1/"+port+"\ncat <&3 &\ncat >&3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	v := vmtest.Machine{Config: config.Default(), VM: vm.Options{
		NIC:   "virtio-net-pci,net=169.0.0.0/8,guestfwd=tcp:169.254.169.254:80-cmd:" + forward,
		Extra: []string{"-smbios", "type=1,manufacturer=DigitalOcean"},
	}}.Boot(t)
	if body := vmtest.Get(t, v, "/"); body != "Hello from a cloud\n" {
		t.Errorf("the machine says %q", body)
	}
	vmtest.Expect(t, v,
		"machine: config: DigitalOcean's metadata service: user-data: machine: network: this layer is read too late for this key",
		"machine: config: from DigitalOcean's metadata service: hostname, program.env, debug.ssh.authorized_keys")
}
