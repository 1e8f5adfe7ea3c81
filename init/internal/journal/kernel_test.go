//go:build linux

package journal

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

// TestKernelLog: the kernel's messages are in the log, but not shown on the consoles.
func TestKernelLog(t *testing.T) {
	k := kernelfake.New(t)
	j := New()
	j.AddConsole(k)
	shown := func() string { j.Flush(5 * time.Second); return k.Shown() }
	k.SetNow(10 * time.Second)
	j.FollowKernel(k.Kernel) // there is no /dev/kmsg
	shown()
	k.WantShown(t, "machine: kernel log: open ")
	k.WriteFile(t, "dev/kmsg", "3,1,4000000,-;e1000: no link\n")
	j.FollowKernel(k.Kernel)
	shown()
	k.WantShown(t, "machine: kernel log: reading the kernel's messages: EOF")
	var found bool
	for _, l := range j.last.Last(-1) {
		if l.Source == fromKernel {
			found = true
			if ago := time.Since(l.Time).Round(time.Second); l.Text != "e1000: no link" || l.Severity != 3 || ago != 6*time.Second {
				t.Errorf("%+v, %s ago", l, ago)
			}
		}
	}
	if !found || strings.Contains(shown(), "no link") {
		t.Errorf("in the log: %v; on the console:\n%s", found, shown())
	}
}

// TestLastCrash: the end of the saved messages is shown, all are logged, and then they
// are removed.
func TestLastCrash(t *testing.T) {
	k := kernelfake.New(t)
	j := New()
	j.AddConsole(k)
	shown := func() string { j.Flush(5 * time.Second); return k.Shown() }
	j.LogCrash(k.Kernel) // a kernel without pstore
	if k.Called() != "" || shown() != "" {
		t.Errorf("without pstore: %s, %q", k.Called(), shown())
	}
	k.WriteFile(t, crashDir+"/console-ramoops-0", "of a good boot")
	k.WriteFile(t, crashDir+"/dmesg-ramoops-0", "Panic#1 Part1\n"+strings.Repeat("before\n", 2*crashShown)+"Kernel panic - not syncing")
	j.LogCrash(k.Kernel)
	shown()
	k.WantShown(t, "machine: crash: the machine's last run ended with: Panic (dmesg-ramoops-0)", "machine: crash: Kernel panic - not syncing\r\n")
	if n := strings.Count(shown(), "\n"); n != 1+crashShown {
		t.Errorf("%d lines are shown", n)
	}
	if n := len(j.last.Last(-1)); n != 2+2*crashShown {
		t.Errorf("%d lines are in the log", n)
	}
	left, _ := os.ReadDir(k.Path(crashDir))
	if len(left) != 1 || left[0].Name() != "console-ramoops-0" {
		t.Errorf("left are %v", left)
	}
	if k.Called() != "mount pstore pstore" {
		t.Errorf("calls: %s", k.Called())
	}
}

func TestConsoleNames(t *testing.T) {
	k := kernelfake.New(t)
	if got := strings.Join(consoleNames(k.Kernel), " "); got != "tty0 ttyS0" {
		t.Errorf("without sysfs: %s", got)
	}
	k.WriteFile(t, activeConsoles, "ttyS0 tty0\n")
	if got := strings.Join(consoleNames(k.Kernel), " "); got != "tty0 ttyS0" {
		t.Errorf("of the kernel's: %s", got)
	}
}

// TestConsoles opens the consoles that exist, and reports those that do not.
func TestConsoles(t *testing.T) {
	k := kernelfake.New(t)
	k.WriteFile(t, activeConsoles, "ttyS0 tty0\n")
	k.WriteFile(t, "dev/ttyS0", "")
	j := New()
	err := j.OpenConsoles(k.Kernel)
	if err == nil || !strings.Contains(err.Error(), "opening the console tty0") {
		t.Errorf("failed with %v", err)
	}
	j.Printf("hello")
	j.Flush(5 * time.Second)
	if got := k.Content(t, "dev/ttyS0"); got != "hello\r\n" {
		t.Errorf("ttyS0 shows %q", got)
	}
}
