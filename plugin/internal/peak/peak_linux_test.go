package peak

import (
	"os/exec"
	"testing"
)

// TestRun: what this process has itself does not count.
func TestRun(t *testing.T) {
	ballast := make([]byte, 256<<20)
	for i := range ballast {
		ballast[i] = 1
	}
	out, most, err := Run(exec.CommandContext(t.Context(), "sh", "-c", "sleep 0.2; echo done"))
	if err != nil || string(out) != "done\n" || most <= 0 || most > 64<<20 {
		t.Errorf("%q, %d bytes, %v", out, most, err)
	}
	if ballast[len(ballast)-1] != 1 {
		t.Error("the ballast is gone")
	}
}
