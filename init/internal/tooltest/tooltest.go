// Package tooltest finds the independent programs against which tests check the guest's
// protocols.
package tooltest

import (
	"os"
	"os/exec"
	"testing"
)

// Need returns the path of a program. If it is not installed, the test is skipped, or
// fails if SCRATCHMACHINE_REQUIRE_TOOLS is 1, as in scripts/test.
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
