// Package tooltest finds the independent programs that tests hold our formats
// against.
package tooltest

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// RequireEnv is the environment variable which, set to 1, turns a missing tool
// from a skipped test into a failed one. scripts/test sets it.
const RequireEnv = "SCRATCHMACHINE_REQUIRE_TOOLS"

// Need returns the path of the program name. Without it the test is skipped,
// or fails where RequireEnv says that everything must be there.
func Need(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	Missing(t, "%s is not installed: scripts/test installs it on Debian", name)
	return ""
}

// Run runs the program name, which must succeed, and returns what it prints, in the
// C locale.
func Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(Need(t, name), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Symlink makes a symbolic link. Where Windows wants a right for it that the user
// lacks, the test is skipped; so it is on wine 8, which makes none without a word.
func Symlink(t testing.TB, to, link string) {
	t.Helper()
	err := os.Symlink(to, link)
	if runtime.GOOS == "windows" {
		if _, e := os.Readlink(link); err != nil || e != nil {
			t.Skipf("no symbolic link could be made: %v, %v", err, e)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Missing ends the test for want of something that scripts/test provides: as
// skipped, or as failed where RequireEnv is set.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(RequireEnv) == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Part returns the path of something that scripts/test made and named in an
// environment variable.
func Part(t testing.TB, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		Missing(t, "%s is not set: run scripts/test", variable)
	}
	return path
}
