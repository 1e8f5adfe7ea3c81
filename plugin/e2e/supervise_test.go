package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// kills is how often the program of TestSupervised is killed.
const kills = 50

// TestSupervised: a program with a user and few rights, which is killed 50 times
// and runs out of memory, and comes back each time, until that is too often.
// PID 1 stays small.
func TestSupervised(t *testing.T) {
	c := config.Default()
	c.Program.UID, c.Program.GID = 1000, 1000
	c.Program.ReadOnly, c.Program.Writable = true, []string{"/tmp"}
	c.Program.Check = "http://:80/pid"
	c.Program.RestartDelay = "200ms"
	c.Program.CrashLoop = config.CrashLoop{Failures: kills + 3, Window: 3600}
	v := vmtest.Machine{Package: testdata(t, "supervised"), Config: c}.Boot(t)

	status := vmtest.Get(t, v, "/read?path=/proc/self/status")
	for _, want := range []string{
		"Uid:\t1000\t1000\t1000\t1000\n", "Gid:\t1000\t1000\t1000\t1000\n", "Groups:\t \n", "NoNewPrivs:\t1\n",
		"CapEff:\t0000000000000400\n", // CAP_NET_BIND_SERVICE is bit 10: port 80 is the proof
	} {
		if !strings.Contains(status, want) {
			t.Errorf("no %q in the program's status:\n%s", want, status)
		}
	}
	for path, want := range map[string]string{"/tmp/x": "written", "/dev/null": "written", "/dev/shm/x": "written",
		"/run/x": "permission denied", "/proc/self/oom_score_adj": "permission denied"} {
		if got := vmtest.Get(t, v, "/write?path="+path); !strings.HasSuffix(got, want) {
			t.Errorf("writing %s: %s, want %s", path, got, want)
		}
	}
	if got := vmtest.Get(t, v, "/read?path=/proc/self/oom_score_adj"); got != "500\n" {
		t.Errorf("oom_score_adj is %q", got)
	}

	vmtest.Expect(t, v, "machine: app: ready after ")
	killOften(t, v)
	before := vmtest.Get(t, v, "/pid")
	vmtest.Get(t, v, "/eat")
	vmtest.Expect(t, v, "Out of memory: Killed process",
		"machine: app: out of memory: the kernel killed it when the machine had used up its ",
		" MiB: give the machine more (memory of the box, -m of QEMU); starting it again in ")
	if after := vmtest.Get(t, v, "/pid"); after == before {
		t.Errorf("process %s survived", after)
	}
	rss := residentKiB(t, vmtest.Get(t, v, "/read?path=/proc/1/status"))
	t.Logf("PID 1 takes %.1f MB", float64(rss)/1024)
	if rss > 25*1024 {
		t.Errorf("PID 1 takes %d KiB", rss)
	}

	vmtest.Get(t, v, "/fail")
	vmtest.Expect(t, v, "machine: app: exit status 3; starting it again in ")
	vmtest.Get(t, v, "/pid") // one failure less is no loop yet
	vmtest.Get(t, v, "/fail")
	vmtest.WaitOff(t, v)
	if !strings.Contains(v.Console(), "machine: the program failed 53 times within 1h0m0s: rebooting") {
		t.Error("it did not reboot for that")
	}
}

// killOften has the program killed, and sees each time on the console and the
// program at work again. PID 1 keeps neither memory nor files of it.
func killOften(t *testing.T, v *vm.VM) {
	t.Helper()
	const killed = "machine: app: killed by signal 9 (killed); starting it again in "
	memory := residentKiB(t, vmtest.Get(t, v, "/read?path=/proc/1/status"))
	files := openFiles(t, v)
	before := vmtest.Get(t, v, "/pid")
	if got := vmtest.Get(t, v, fmt.Sprintf("/kills?n=%d", kills)); got != "soon" {
		t.Fatal(got)
	}
	for deadline := time.Now().Add(3 * time.Minute); strings.Count(v.Console(), killed) < kills; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the program was killed %d times", strings.Count(v.Console(), killed))
		}
	}
	if after := vmtest.Get(t, v, "/pid"); after == before {
		t.Errorf("process %s survived", after)
	}
	if n := strings.Count(v.Console(), killed); n != kills {
		t.Errorf("%d kills are on the console, want %d", n, kills)
	}
	grown := residentKiB(t, vmtest.Get(t, v, "/read?path=/proc/1/status")) - memory
	opened := openFiles(t, v) - files
	t.Logf("after %d kills PID 1 takes %d KiB more, and the machine has %d more files open", kills, grown, opened)
	if grown > 4*1024 || opened > kills/2 {
		t.Errorf("PID 1 takes %d KiB more, and the machine has %d more files open", grown, opened)
	}
}

// openFiles is how many files are open in the machine
// (Documentation/admin-guide/sysctl/fs.rst, file-nr).
func openFiles(t *testing.T, v *vm.VM) int {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(vmtest.Get(t, v, "/read?path=/proc/sys/fs/file-nr"), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// residentKiB is the line VmRSS of a process' status.
func residentKiB(t *testing.T, status string) int {
	t.Helper()
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindStringSubmatch(status)
	if found == nil {
		t.Fatalf("no VmRSS in %s", status)
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

// TestWatchdog: the machine is reset when its program hangs, by a device or by
// the kernel, whose drivers are modules. The program has a user, whose is the FAT
// data disk.
func TestWatchdog(t *testing.T) {
	modules := []string{"watchdog", "i6300esb", "softdog", "virtio", "virtio_ring", "virtio_pci", "virtio_pci_legacy_dev",
		"virtio_pci_modern_dev", "virtio_blk", "nls_cp437", "nls_ascii", "fat", "vfat"}
	for name, extra := range map[string][]string{
		"i6300esb": {"-device", "i6300esb", "-action", "watchdog=reset"}, "softdog": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			c := config.Default()
			c.Program.UID, c.Program.GID = 1000, 100
			c.Program.Check, c.Program.CheckTimeout = "http://:80/pid", 10
			c.Watchdog.Timeout = 10
			disk := []string{"-drive", "if=virtio,format=raw,snapshot=on,file=" + fatDisk(t)}
			v := vmtest.Machine{Kernel: "debian", Modules: modules, Package: testdata(t, "supervised"), Config: c,
				VM: vm.Options{Extra: append(disk, extra...)}}.Boot(t)
			if got := vmtest.Get(t, v, "/write?path=/data/x"); got != "written" {
				t.Errorf("writing to the data disk: %s", got)
			}
			if got := vmtest.Get(t, v, "/read?path=/proc/mounts"); !strings.Contains(got, " /data vfat rw,") || !strings.Contains(got, ",uid=1000,gid=100,") {
				t.Errorf("the mounts are\n%s", got)
			}
			identity := vmtest.Get(t, v, "/read?path=/sys/class/watchdog/watchdog0/identity")
			if (identity == "Software Watchdog\n") != (name == "softdog") {
				t.Errorf("the watchdog is %q", identity)
			}
			time.Sleep(12 * time.Second) // longer than the watchdog waits
			vmtest.Get(t, v, "/pid")
			vmtest.Get(t, v, "/stop")
			vmtest.Expect(t, v, "machine: app: leaving the machine to its watchdog: it has not worked for 10s")
			vmtest.WaitOff(t, v)
			if text := v.Console(); strings.Contains(text, "rebooting") || strings.Contains(text, "powering off") {
				t.Error("it was PID 1 that ended the machine")
			}
		})
	}
}

// fatDisk makes an empty data disk with FAT.
func fatDisk(t *testing.T) string {
	t.Helper()
	disk := filepath.Join(t.TempDir(), "fat.img")
	tooltest.Run(t, "mkfs.fat", "-C", "-n", config.DataLabelFAT, disk, "16384") // in KiB
	return disk
}

// TestPanic: a machine whose PID 1 has ended is no dead one, whatever its
// command line says.
func TestPanic(t *testing.T) {
	v := vmtest.Machine{Package: testdata(t, "panics"), Config: config.Default(), Append: "panic=0"}.Boot(t)
	vmtest.Expect(t, v, "panic: on purpose", "Attempted to kill init")
	vmtest.WaitOff(t, v)
}
