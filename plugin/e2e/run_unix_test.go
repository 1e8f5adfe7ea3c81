//go:build unix

package e2e

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// terminal is a command in a terminal of its own, and what that shows.
type terminal struct {
	t     *testing.T
	cmd   *exec.Cmd
	file  *os.File
	ended chan struct{}

	mu    sync.Mutex
	shown strings.Builder
}

// inTerminal starts a command, which ends with the test.
func inTerminal(t *testing.T, cmd *exec.Cmd) *terminal {
	t.Helper()
	file, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, cmd: cmd, file: file, ended: make(chan struct{})}
	go func() {
		defer close(term.ended)
		_, _ = io.Copy(term, file) // to the error EIO when the other end is closed, on Linux
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-term.ended
		_ = file.Close()
	})
	return term
}

func (term *terminal) Write(p []byte) (int, error) {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.shown.Write(p)
}

func (term *terminal) String() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return strings.ReplaceAll(term.shown.String(), "\r", "")
}

// expect waits until all texts have been shown.
func (term *terminal) expect(texts ...string) {
	term.t.Helper()
	for _, text := range texts {
		term.expectTimes(1, text)
	}
}

// expectTimes waits until a text has been shown so often.
func (term *terminal) expectTimes(n int, text string) {
	term.t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for ended := false; strings.Count(term.String(), text) < n; {
		if ended || time.Now().After(deadline) {
			term.t.Fatalf("waited for %q in:\n%s", text, term)
		}
		ended = term.wait(20*time.Millisecond) == nil
	}
}

// typed types a text.
func (term *terminal) typed(text string) {
	term.t.Helper()
	if _, err := term.file.WriteString(text); err != nil {
		term.t.Fatal(err)
	}
}

// wait waits for the command's end, but not longer than d.
func (term *terminal) wait(d time.Duration) error {
	select {
	case <-term.ended:
		return nil
	case <-time.After(d):
		return fmt.Errorf("it still ran after %s", d)
	}
}

// status is the command's exit status, which must end within d.
func (term *terminal) status(d time.Duration) int {
	term.t.Helper()
	if err := term.wait(d); err != nil {
		term.t.Fatalf("%v:\n%s", err, term)
	}
	return term.cmd.ProcessState.ExitCode()
}

// interrupt is Ctrl-C, as a terminal sends it.
const interrupt = "\x03"

// TestCommandRun: in a terminal, Ctrl-C presses the power button, and another ends the
// machine at once, though its program stays. The image boots, too, and a signal that ends
// the program is the exit status.
func TestCommandRun(t *testing.T) {
	program := command(t)
	stubborn := filepath.Join(t.TempDir(), "stubborn")
	t.Setenv("CGO_ENABLED", "0")
	tooltest.Run(t, "go", "build", "-o", stubborn, "./testdata/stubborn")
	port := fmt.Sprint(freePort(t)) + ":80"
	image := inTerminal(t, exec.Command(program, "run", "--iso", "--accel", "tcg", "--publish", port, stubborn, "--", "die"))
	stays := inTerminal(t, exec.Command(program, "run", "--accel", "tcg", "--publish", fmt.Sprint(freePort(t))+":80", "./testdata/stubborn"))
	stays.expect("Building the package ./testdata/stubborn", "Starting QEMU with TCG (no hardware virtualisation)", "of the machine is 127.0.0.1:", "\nstaying\n")
	stays.typed(interrupt)
	stays.expect("machine: power button: powering off")
	stays.typed(interrupt)
	if status := stays.status(2 * time.Second); status != 130 {
		t.Errorf("exit status %d:\n%s", status, stays)
	}
	if status := image.status(2 * time.Minute); status != 128+9 || !strings.Contains(image.String(), "\ndying\nmachine: app: killed by signal 9") {
		t.Errorf("exit status %d:\n%s", status, image)
	}
}
