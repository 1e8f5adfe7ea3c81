//go:build linux

package kernelapi

import (
	"os"
	"os/exec"
	"testing"
)

// TestPidfds: a process started by os/exec has a pidfd until it was waited for, and is
// a zombie only after it has ended.
func TestPidfds(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "/bin/cat")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	if !pidfds("/proc/self/fdinfo")[pid] {
		t.Skip("this kernel gives no pidfd")
	}
	for _, zombie := range zombies("/proc", os.Getpid()) {
		if zombie == pid {
			t.Error("it has ended before its input has")
		}
	}
	input.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if pidfds("/proc/self/fdinfo")[pid] {
		t.Error("it has a pidfd after it was waited for")
	}
}

func TestStateOf(t *testing.T) {
	tests := []struct {
		stat, state string
		parent      int
	}{
		{"7 (sh) Z 1 7 7 0 -1", "Z", 1},
		{"7 (a) Z 9 (b) S 12 7", "S", 12},
		{"7 (sh) Z", "", 0},
		{"", "", 0},
	}
	for _, test := range tests {
		if state, parent := stateOf(test.stat); state != test.state || parent != test.parent {
			t.Errorf("%q: %s of %d, want %s of %d", test.stat, state, parent, test.state, test.parent)
		}
	}
}
