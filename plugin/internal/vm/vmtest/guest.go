// Package vmtest boots machines in QEMU and asks them what a test wants to
// know. Each function ends the test if the machine does not do as wanted.
package vmtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
)

// bootTime bounds one step of a test. Booting in QEMU without hardware
// virtualisation takes 3 to 10 s, ten times that on a busy machine.
const bootTime = 3 * time.Minute

// Boot starts a machine and stops it when the test is over. A failed test
// shows the console.
func Boot(t testing.TB, o vm.Options) *vm.VM {
	t.Helper()
	tooltest.Need(t, o.Command())
	v, err := vm.Start(context.WithoutCancel(t.Context()), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		v.Stop()
		if t.Failed() {
			t.Logf("console:\n%s", v.Console())
		}
	})
	return v
}

// Within bounds one step of a test.
func Within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// Get asks the machine for a path, wants HTTP 200 and returns the body.
func Get(t testing.TB, v *vm.VM, path string) string {
	t.Helper()
	r, err := v.Get(Within(t, bootTime), path)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != 200 {
		t.Fatalf("GET %s: status %d: %s", path, r.Status, r.Body)
	}
	t.Logf("GET %s after %.1f s", path, r.After.Seconds())
	return r.Body
}

// Expect waits for each text on the console.
func Expect(t testing.TB, v *vm.VM, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := v.Expect(Within(t, bootTime), text); err != nil {
			t.Fatal(err)
		}
	}
}

// Monitor runs a command of QEMU's monitor and returns what it printed.
func Monitor(t testing.TB, v *vm.VM, command string) string {
	t.Helper()
	out, err := v.Monitor(command)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// WaitOff waits until the machine has powered off or, since QEMU is told not
// to, rebooted.
func WaitOff(t testing.TB, v *vm.VM) {
	t.Helper()
	if err := v.Wait(Within(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
}

// Screen reads the text screen, which is the console tty0: 80 by 25 pairs of a
// character and its colour at 0xb8000 (IBM VGA, text mode 3).
func Screen(t testing.TB, v *vm.VM) string {
	t.Helper()
	dump := filepath.Join(t.TempDir(), "vga")
	Monitor(t, v, fmt.Sprintf("pmemsave 0xb8000 32768 %q", dump))
	memory, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for i := 0; i+1 < len(memory); i += 2 {
		if c := memory[i]; c >= ' ' && c <= '~' {
			text.WriteByte(c)
		}
	}
	return text.String()
}
