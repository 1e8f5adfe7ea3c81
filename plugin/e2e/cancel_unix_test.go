//go:build unix

package e2e

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestCancel interrupts packer as Ctrl-C does, in the middle of a long step.
func TestCancel(t *testing.T) {
	p := newPacker(t)
	if err := os.Mkdir(filepath.Join(p.dir, "output"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "output", "m.iso"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	// -a builds the standard library anew, which takes many seconds.
	cmd := p.command(t, "build", p.writeTemplate(t, []string{filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz")},
		bothOutputs+`package = "`+testdata(t, "plain")+`"
build_flags = ["-a"]`))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "Building the package") {
			break
		}
	}
	time.Sleep(time.Second) // the compilers are at work
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	interrupted := time.Now()
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(said.String(), "Cleanly cancelled builds after being interrupted.") {
		t.Errorf("packer ended with %v:\n%s", err, said.String())
	}
	t.Logf("packer ended %.2f s after the interrupt", time.Since(interrupted).Seconds())
	if left := p.outputs(t); left != "m.iso" {
		t.Errorf("left %s", left)
	}
	if builds, err := filepath.Glob(filepath.Join(p.tmp, "scratchmachine-*")); err != nil || len(builds) > 0 {
		t.Errorf("left %v, %v", builds, err)
	}
	old, _ := os.ReadFile(filepath.Join(p.dir, "output", "m.iso"))
	if string(old) != "old" {
		t.Errorf("the old output is %q", old)
	}
}
