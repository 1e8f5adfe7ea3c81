package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

const greeting = "Hello from Scratch Machine!\n"

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
	args = append([]string{"-var", "kernel_dir=" + vmtest.KernelDir(t, kernel)}, args...)
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
		v := vmtest.Boot(t, vm.Options{CDROM: m.iso})
		if body := vmtest.Get(t, v, "/"); body != greeting {
			t.Errorf("got %q", body)
		}
		vmtest.Expect(t, v, "Hello World!", "10.0.2.15/24")
		if screen := vmtest.Screen(t, v); !strings.Contains(screen, "Hello World!") {
			t.Errorf("tty0 shows no greeting:\n%s", screen)
		}
		vmtest.Monitor(t, v, "sendkey ctrl-alt-delete")
		vmtest.WaitOff(t, v) // -no-reboot: a reboot ends QEMU as well
		if !strings.Contains(v.Console(), "machine: Ctrl-Alt-Del: rebooting") {
			t.Error("it did not end in order")
		}
	})
	t.Run("disk on IDE", func(t *testing.T) {
		v := vmtest.Boot(t, vm.Options{Disk: m.iso, Bus: "ide"})
		if body := vmtest.Get(t, v, "/"); body != greeting {
			t.Errorf("got %q", body)
		}
	})
	t.Run("box disk on AHCI", func(t *testing.T) {
		v := vmtest.Boot(t, vm.Options{Disk: disk, Format: "vmdk", Bus: "ahci"})
		if body := vmtest.Get(t, v, "/"); body != greeting {
			t.Errorf("got %q", body)
		}
		vmtest.Monitor(t, v, "system_powerdown")
		vmtest.WaitOff(t, v)
	})
	t.Run("converted disk on AHCI", func(t *testing.T) {
		raw := filepath.Join(t.TempDir(), "disk.raw")
		tooltest.Run(t, "qemu-img", "convert", "-f", "vmdk", "-O", "raw", disk, raw)
		tooltest.Run(t, "qemu-img", "compare", "-f", "raw", "-F", "raw", raw, m.iso)
		v := vmtest.Boot(t, vm.Options{Disk: raw, Bus: "ahci"})
		if body := vmtest.Get(t, v, "/"); body != greeting {
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
		v := vmtest.Boot(t, vm.Options{CDROM: m.iso})
		first := vmtest.Get(t, v, "/")
		if strings.Contains(first, "pid 1,") {
			t.Errorf("the program is PID 1: %s", first)
		}
		vmtest.Expect(t, v, "Hello World!", "plain: started")
		// A crash is reported and the program comes back as another process.
		_, _ = v.Get(vmtest.Within(t, 3*time.Second), "/crash")
		vmtest.Expect(t, v, "exit status 3")
		if again := vmtest.Get(t, v, "/"); again == first {
			t.Errorf("the same process answered after the crash: %s", again)
		}
	})
	t.Run("box disk on AHCI", func(t *testing.T) {
		v := vmtest.Boot(t, vm.Options{Disk: disk, Format: "vmdk", Bus: "ahci"})
		vmtest.Get(t, v, "/")
		vmtest.Monitor(t, v, "system_powerdown")
		vmtest.WaitOff(t, v)
	})
}
