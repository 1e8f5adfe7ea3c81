// Package tooltest finds the independent programs that tests hold the guest's
// protocols against.
package tooltest

import (
	"os"
	"os/exec"
	"testing"
)

// Need returns the path of the program name. Without it the test is skipped,
// or fails where SCRATCHMACHINE_REQUIRE_TOOLS is 1, as scripts/test sets it.
func Need(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("SCRATCHMACHINE_REQUIRE_TOOLS") == "1" {
		t.Fatalf("%s is not installed: scripts/test installs it on Debian", name)
	}
	t.Skipf("%s is not installed: scripts/test installs it on Debian", name)
	return ""
}
