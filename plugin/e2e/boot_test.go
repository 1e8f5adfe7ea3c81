package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
)

const (
	bootTime = 3 * time.Minute
	greeting = "Hello from Scratch Machine!\n"
)

// boot starts a machine and stops it when the test is over. A failed test
// shows the console.
func boot(t *testing.T, o vm.Options) *vm.VM {
	t.Helper()
	tooltest.Need(t, "qemu-system-x86_64")
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

// get asks the machine for a path and wants HTTP 200.
func get(t *testing.T, v *vm.VM, path string) string {
	t.Helper()
	r, err := v.Get(within(t, bootTime), path)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != 200 {
		t.Fatalf("GET %s: status %d: %s", path, r.Status, r.Body)
	}
	t.Logf("GET %s after %.1f s", path, r.After.Seconds())
	return r.Body
}

// expect waits for lines on the console.
func expect(t *testing.T, v *vm.VM, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if _, err := v.Expect(within(t, bootTime), line); err != nil {
			t.Fatal(err)
		}
	}
}

// monitor runs a command of QEMU's monitor.
func monitor(t *testing.T, v *vm.VM, command string) string {
	t.Helper()
	out, err := v.Monitor(command)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// waitOff waits until the machine has powered off.
func waitOff(t *testing.T, v *vm.VM) {
	t.Helper()
	if err := v.Wait(within(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
}

// unpackBox extracts a box and returns its folder.
func unpackBox(t *testing.T, box string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command(tooltest.Need(t, "bsdtar"), "-xf", box, "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("unpacking %s: %v: %s", box, err, out)
	}
	return dir
}

// machine is what the template made.
type machine struct{ iso, box string }

func buildFiles(t *testing.T, kernel string, args ...string) machine {
	t.Helper()
	p := newPacker(t)
	args = append([]string{"-var", "kernel_dir=" + kernelDir(t, kernel)}, args...)
	t.Log(p.build(t, append(args, template(t, "files.pkr.hcl"))...))
	return machine{
		iso: filepath.Join(p.dir, "output", "scratchmachine.iso"),
		box: filepath.Join(p.dir, "output", "scratchmachine.box"),
	}
}

// TestDebianKernel: the demonstration on Debian's kernel, whose e1000 driver is
// a module, from the ISO as a CD and as a disk and from the box's disk.
func TestDebianKernel(t *testing.T) {
	m := buildFiles(t, "debian")
	disk := filepath.Join(unpackBox(t, m.box), "box-disk001.vmdk")

	t.Run("CD on IDE", func(t *testing.T) {
		v := boot(t, vm.Options{CDROM: m.iso})
		if body := get(t, v, "/"); body != greeting {
			t.Errorf("got %q", body)
		}
		expect(t, v, "Hello World!", "10.0.2.15/24")
		if screen := vgaText(t, v); !strings.Contains(screen, "Hello World!") {
			t.Errorf("tty0 shows no greeting:\n%s", screen)
		}
		monitor(t, v, "sendkey ctrl-alt-delete")
		waitOff(t, v) // -no-reboot: a reboot ends QEMU as well
	})
	t.Run("disk on IDE", func(t *testing.T) {
		v := boot(t, vm.Options{Disk: m.iso, Bus: "ide"})
		if body := get(t, v, "/"); body != greeting {
			t.Errorf("got %q", body)
		}
	})
	t.Run("box disk on AHCI", func(t *testing.T) {
		v := boot(t, vm.Options{Disk: disk, Format: "vmdk", Bus: "ahci"})
		if body := get(t, v, "/"); body != greeting {
			t.Errorf("got %q", body)
		}
		monitor(t, v, "system_powerdown")
		waitOff(t, v)
	})
	t.Run("converted disk on AHCI", func(t *testing.T) {
		raw := filepath.Join(t.TempDir(), "disk.raw")
		qemuImg(t, "convert", "-f", "vmdk", "-O", "raw", disk, raw)
		qemuImg(t, "compare", "-f", "raw", "-F", "raw", raw, m.iso)
		v := boot(t, vm.Options{Disk: raw, Bus: "ahci"})
		if body := get(t, v, "/"); body != greeting {
			t.Errorf("got %q", body)
		}
	})
}

// TestGokrazyKernel: a program that knows nothing of us, built from its
// package, under the stock init, on a kernel that needs no modules.
func TestGokrazyKernel(t *testing.T) {
	m := buildFiles(t, "gokrazy", "-var", "package="+testdata(t, "plain"))
	disk := filepath.Join(unpackBox(t, m.box), "box-disk001.vmdk")

	t.Run("CD on IDE", func(t *testing.T) {
		v := boot(t, vm.Options{CDROM: m.iso})
		first := get(t, v, "/")
		if strings.Contains(first, "pid 1,") {
			t.Errorf("the program is PID 1: %s", first)
		}
		expect(t, v, "Hello World!", "plain: started")
		// A crash is reported and the program comes back as another process.
		_, _ = v.Get(within(t, 3*time.Second), "/crash")
		expect(t, v, "exit status 3")
		if again := get(t, v, "/"); again == first {
			t.Errorf("the same process answered after the crash: %s", again)
		}
	})
	t.Run("box disk on AHCI", func(t *testing.T) {
		v := boot(t, vm.Options{Disk: disk, Format: "vmdk", Bus: "ahci"})
		get(t, v, "/")
		monitor(t, v, "system_powerdown")
		waitOff(t, v)
	})
}

func qemuImg(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(tooltest.Need(t, "qemu-img"), args...).CombinedOutput(); err != nil {
		t.Fatalf("qemu-img %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// vgaText reads the text screen, which is the console tty0: 80 by 25 pairs of a
// character and its colour at 0xb8000 (IBM VGA, text mode 3).
func vgaText(t *testing.T, v *vm.VM) string {
	t.Helper()
	dump := filepath.Join(t.TempDir(), "vga")
	monitor(t, v, fmt.Sprintf("pmemsave 0xb8000 32768 %q", dump))
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
