package box

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// provisioned is what testdata/provision.rb says of a machine.
type provisioned struct {
	Errors, Said []string
	Run          string
}

// provision runs the provisioners of testdata/provision.Vagrantfile with the real Vagrant,
// and a script in the place of the command, or without one.
func provision(t *testing.T, script string) map[string]provisioned {
	t.Helper()
	ruby, env, dir := tooltest.Need(t, "ruby"), environment(t), t.TempDir()
	vagrantfile, err := os.ReadFile(filepath.Join("testdata", "provision.Vagrantfile"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "Vagrantfile"), vagrantfile, 0o644); err != nil {
		t.Fatal(err)
	}
	program, err := filepath.Abs(filepath.Join("testdata", "provision.rb"))
	if err != nil {
		t.Fatal(err)
	}
	runVagrant(t, env, dir, "box", "add", "--name", "ssh", boxFile(t, true))
	if script != "" {
		if err := os.WriteFile(filepath.Join(dir, "scratchmachine"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		for i, entry := range env {
			if path, ok := strings.CutPrefix(entry, "PATH="); ok {
				env[i] = "PATH=" + dir + string(os.PathListSeparator) + path
			}
		}
	}
	cmd := exec.Command(ruby, program)
	var complaints bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stderr = dir, env, &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s%s", err, out, complaints.String())
	}
	machines := map[string]provisioned{}
	if err := json.Unmarshal(out, &machines); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return machines
}

// TestProvision: the command gets what Vagrant knows, although Vagrant reads the user's
// Vagrantfile before that of the box.
func TestProvision(t *testing.T) {
	machines := provision(t, "#!/bin/sh\nfor a; do echo \"$a\"; done\n")
	login := []string{"push", "--to", "root@127.0.0.1:2200", "--any-host-key", "--key", "/one/key", "--key", "/another key"}
	for name, want := range map[string]provisioned{
		"package": {Run: "always", Said: append(login[:len(login):len(login)], "--", "./cmd/hello")},
		"program": {Said: append(login[:len(login):len(login)], "--service", "sidecar", "--build-flags=-tags=a,b", "--build-flags=-ldflags=-s -w",
			"--", "it's an ELF")},
		"unnamed":  {Errors: []string{"Name either 'package', a Go package, or 'program', a static ELF file."}},
		"both":     {Errors: []string{"Name either 'package', a Go package, or 'program', a static ELF file."}},
		"mistyped": {Errors: []string{`'build_flags' must be a Array, not "-v".`}},
	} {
		got := machines[name]
		if len(got.Errors) == 0 {
			got.Errors = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestProvisionFails: in one line, with what to do.
func TestProvisionFails(t *testing.T) {
	for script, want := range map[string]string{
		"": "needs the command of this name in PATH: go install github.com/scratchmachine/packer-plugin-scratchmachine/plugin/cmd/scratchmachine@v",
		"#!/bin/sh\necho a\necho 'scratchmachine: no' >&2\nexit 1\n": "The program in the machine was not replaced: scratchmachine: no",
	} {
		if got := strings.Join(provision(t, script)["package"].Errors, "\n"); !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
