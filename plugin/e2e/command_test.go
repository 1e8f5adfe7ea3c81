package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// command builds the command from the working tree.
func command(t *testing.T) string {
	t.Helper()
	tooltest.Need(t, "qemu-system-x86_64")
	path := filepath.Join(t.TempDir(), "scratchmachine")
	tooltest.Run(t, "go", "build", "-o", path, "../cmd/scratchmachine")
	return path
}

// TestCommandExec: a test binary runs in a machine, with what it has here, and what it
// leaves comes back. Two machines run at once.
func TestCommandExec(t *testing.T) {
	program := command(t)
	profile, binary := filepath.Join(t.TempDir(), "cover.out"), filepath.Join(t.TempDir(), "checked.test")
	t.Setenv("CGO_ENABLED", "0")
	t.Setenv("GREETING", "hello there")
	tooltest.Run(t, "go", "test", "-c", "-o", binary, "./testdata/checked")
	failing := exec.CommandContext(t.Context(), program, "exec", "--env", "FAIL=1", binary, "-test.run=TestFails")
	var stdout, stderr bytes.Buffer
	failing.Stdout, failing.Stderr = &stdout, &stderr
	if err := failing.Start(); err != nil {
		t.Fatal(err)
	}
	test := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "-exec", program+" exec", "-coverprofile="+profile, "./testdata/checked")
	out, err := test.CombinedOutput()
	for _, want := range []string{`process 1 is "/init\x00", GREETING is hello there`, "--- PASS: TestDouble", "coverage: 50.0% of statements"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v, want %q in:\n%s", err, want, out)
		}
	}
	if covered, err := os.ReadFile(profile); err != nil || !strings.Contains(string(covered), "checked.go:") {
		t.Errorf("the profile is %q, %v", covered, err)
	}
	_ = failing.Wait()
	if status := failing.ProcessState.ExitCode(); status != 7 || stdout.String() != "" || stderr.String() != "as told\n" {
		t.Errorf("exit status %d, stdout %q, stderr %q", status, stdout.String(), stderr.String())
	}
}
