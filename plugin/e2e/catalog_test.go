package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestCatalog: the real vagrant adds a box by the catalog that the real packer
// wrote, learns of the next version, and takes it.
func TestCatalog(t *testing.T) {
	vagrant := tooltest.Need(t, "vagrant")
	p := newPacker(t)
	output := filepath.Join(p.dir, "output")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".json") {
			w.Header().Set("Content-Type", "application/json")
		}
		http.FileServer(http.Dir(output)).ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	publish := func(version string) {
		t.Helper()
		p.build(t, p.writeTemplate(t, []string{filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz")}, fmt.Sprintf(`
output_box     = "output/hello-%[1]s-{{ .Provider }}.box"
providers      = ["virtualbox", "libvirt"]
output_catalog = "output/hello.json"
catalog {
  name    = "acme/hello"
  version = "%[1]s"
  url     = "%[2]s/hello-%[1]s-{{ .Provider }}.box"
}`, version, server.URL)))
	}

	home, project := t.TempDir(), t.TempDir()
	err := os.WriteFile(filepath.Join(project, "Vagrantfile"), []byte(`Vagrant.configure("2") { |c| c.vm.box = "acme/hello" }`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	run := func(want string, args ...string) {
		t.Helper()
		var out bytes.Buffer
		cmd := exec.CommandContext(t.Context(), vagrant, args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = project, &out, &out
		cmd.Env = append(os.Environ(), "VAGRANT_HOME="+home, "HOME="+home, "VAGRANT_CHECKPOINT_DISABLE=1")
		if err := cmd.Run(); err != nil || !strings.Contains(out.String(), want) {
			t.Fatalf("vagrant %s: %v, want %q:\n%s", strings.Join(args, " "), err, want, out.String())
		}
	}
	publish("1.0.0")
	run("Successfully added box 'acme/hello' (v1.0.0)", "box", "add", "--provider", "virtualbox", server.URL+"/hello.json")
	publish("1.1.0")
	run("Latest: 1.1.0", "box", "outdated", "--global")
	run("Successfully added box 'acme/hello' (v1.1.0)", "box", "update", "--box", "acme/hello", "--provider", "virtualbox")
	run("Successfully added box 'acme/hello' (v1.1.0) for 'libvirt", "box", "add", "--provider", "libvirt", server.URL+"/hello.json")
	run("(virtualbox, 1.0.0", "box", "list")
	run("(virtualbox, 1.1.0", "box", "list")

	// A box that is not the one of the catalog is refused.
	if err := os.WriteFile(filepath.Join(output, "hello-1.1.0-virtualbox.box"), []byte("another"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), vagrant, "box", "add", "--force", "--provider", "virtualbox", server.URL+"/hello.json")
	cmd.Env = append(os.Environ(), "VAGRANT_HOME="+home, "HOME="+home, "VAGRANT_CHECKPOINT_DISABLE=1")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "checksum") {
		t.Errorf("another box was taken: %v\n%s", err, out)
	}
}
